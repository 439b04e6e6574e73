import { describe, expect, test } from "vitest";
import { type ContractException, type ContractRunner, contractFailures, defineContract } from "./runner.ts";

const contract = (runner: ContractRunner, exceptions: readonly ContractException[] = []) =>
  defineContract(runner, "a number", exceptions, (test) => {
    test("is even", () => {
      throw new Error("it is odd");
    });
    test("is small", () => {});
  });

/** The groups and tests that a runner was given. */
function told(exceptions: readonly ContractException[]): string[] {
  const lines: string[] = [];
  const test = (title: string) => lines.push(`test ${title}`);
  contract(
    {
      describe: (title, body) => {
        lines.push(`group ${title}`);
        body();
      },
      test: Object.assign(test, { skip: (title: string) => lines.push(`skip ${title}`) }),
    },
    exceptions,
  );
  return lines;
}

describe("a contract", () => {
  test("defines its tests in a group, and skips those that an exception names", () => {
    const exceptions = [{ reason: "it is 7", tests: ["is even"] }];
    const last = "test each exception names a test";
    expect(told([])).toEqual(["group a number", "test is even", "test is small", last]);
    expect(told(exceptions)).toEqual(["group a number", "skip is even (it is 7)", "test is small", last]);
  });

  test("fails where a test fails", () => {
    expect(contractFailures((runner) => contract(runner))).toEqual([
      { title: "is even", error: new Error("it is odd") },
    ]);
  });

  test("fails if an exception names a test that it does not have, and lists those that it has", () => {
    const exceptions = [{ reason: "it is 7", tests: ["is even", "is evn"] }];
    expect(contractFailures((runner) => contract(runner, exceptions))).toEqual([
      {
        title: "each exception names a test",
        error: new Error("no test is called is evn. There are:\nis even\nis small"),
      },
    ]);
  });
});
