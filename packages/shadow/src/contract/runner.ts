/** How runners take a test: a title, and a body that throws an Error if the test fails. */
export interface TestFunction {
  /** Defines a test. */
  (title: string, body: () => void): unknown;
  /** Defines one that is listed and not run. */
  skip(title: string, body: () => void): unknown;
}

/**
 * The functions that a contract needs from a test runner. Those of `vitest` and `node:test`, and the globals of `jest`, fit as they are:
 *
 *     import { describe, test } from "vitest";
 *     architectureContract({ describe, test }, "mine", make);
 */
export interface ContractRunner {
  /** Groups the tests that `body` defines. */
  describe(title: string, body: () => void): unknown;
  /** Defines tests. */
  readonly test: TestFunction;
}

/** Tests of a contract that do not hold for a plugin. */
export interface ContractException {
  /** Why not. It stands in the titles of the tests, which are skipped. */
  readonly reason: string;
  /** Their titles, each of which the contract must have. */
  readonly tests: readonly string[];
}

/** Defines a test of a contract, unless an exception names it. */
export type ContractTest = (title: string, body: () => void) => void;

/**
 * Defines the tests of a contract, and one more, which fails if an exception names a test that the contract does not have.
 *
 * @param title What the tests are about.
 * @param define Defines them, each with a title of its own.
 */
export function defineContract(
  { describe, test }: ContractRunner,
  title: string,
  exceptions: readonly ContractException[],
  define: (test: ContractTest) => void,
): void {
  const titles = new Set<string>();
  const reasonOf = (name: string) => exceptions.find(({ tests }) => tests.includes(name))?.reason;
  describe(title, () => {
    define((name, body) => {
      titles.add(name);
      const reason = reasonOf(name);
      if (reason === undefined) test(name, body);
      else test.skip(`${name} (${reason})`, body);
    });
    const unknown = exceptions.flatMap(({ tests }) => tests.filter((name) => !titles.has(name)));
    test("each exception names a test", () => {
      if (unknown.length === 0) return;
      throw new Error(`no test is called ${unknown.join("; ")}. There are:\n${[...titles].join("\n")}`);
    });
  });
}

/** A test of a contract that failed. */
export interface ContractFailure {
  /** Its title. */
  readonly title: string;
  /** The error that was thrown. */
  readonly error: unknown;
}

/**
 * Runs a contract at once, without a test runner. Tests that exceptions name are left out.
 *
 *     contractFailures((runner) => architectureContract(runner, "mine", make))
 */
export function contractFailures(contract: (runner: ContractRunner) => void): ContractFailure[] {
  const failures: ContractFailure[] = [];
  const run = (title: string, body: () => void) => {
    try {
      body();
    } catch (error) {
      failures.push({ title, error });
    }
  };
  contract({ describe: (_title, body) => body(), test: Object.assign(run, { skip: () => {} }) });
  return failures;
}
