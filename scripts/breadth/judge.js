/** What came of a run. */

/**
 * @typedef {"pass" | "fails" | "reports" | "missing" | "nocompile" | "stopped" | "refused" | "hang" | "defect" | "absent" | "skipped"} Verdict
 *
 * @typedef {object} Outcome
 * @property {number | null} code - the exit code of `kasan run`; null: it was ended by a signal
 * @property {string | null} signal
 * @property {boolean} late - whether it was ended because it took too long
 * @property {string} errors - what it wrote to stderr
 * @property {RunOutput | undefined} output - the JSON that it wrote
 *
 * @typedef {object} RunOutput - of `kasan run --format json`, what is looked at
 * @property {{ returned: number } | { stopped: string }} end
 * @property {string[]} log
 * @property {unknown[]} reports
 * @property {{ cases: { name: string, status: "ok" | "not ok" | "skip", reports: number[] }[] }[]} [tests]
 * @property {{ warnings: number }} stats
 *
 * @typedef {object} Judgement
 * @property {Verdict} verdict
 * @property {string} reason
 * @property {string[]} [missing] - symbols that nothing provides and that stopped it
 * @property {string} [error] - the first error of what does not compile
 */

/** Verdicts, from the best to the worst: the order of tables. @type {readonly Verdict[]} */
export const VERDICTS = [
  ...["pass", "fails", "reports", "missing", "nocompile", "stopped", "refused", "hang", "defect", "absent", "skipped"],
];

/** The exit codes of `kasan run`: apps/cli/src/exit-codes.ts. */
const EXIT = { clean: 0, bugs: 1, usage: 2, crashed: 3 };

/** The first line of an oops, a panic and the like. */
const CRASH =
  /\b(?:BUG: (?!KASAN)|Oops|Kernel panic|kernel BUG at |Unable to handle|general protection|deadlock|Internal error)/;

/**
 * Judges a run.
 *
 * @param {import("./sets.js").RunSet} set
 * @param {Outcome} outcome
 * @returns {Judgement}
 */
export function judge(set, outcome) {
  const { code, signal, late, errors, output } = outcome;
  if (late) return { verdict: "hang", reason: isBuilt(errors) ? "it did not end" : "compiling took too long" };
  if (code === EXIT.usage) return judgeInput(errors);
  if (code === EXIT.crashed && output) return judgeStop(errors, output);
  if ((code === EXIT.clean || code === EXIT.bugs) && output) return judgeEnd(set, output);
  return { verdict: "defect", reason: firstOf(errors, /Error: .*/) ?? `it ended with ${signal ?? `code ${code}`}` };
}

/** Whether it came so far as to list what was compiled in. */
const isBuilt = (errors) => /^(?:Compiled in|Provided by nothing):$/m.test(errors);

/** What was not run at all. @returns {Judgement} */
function judgeInput(errors) {
  const unprovided = /nothing provides ([^;\n]*)/.exec(errors)?.[1];
  if (unprovided) return { verdict: "missing", reason: unprovided, missing: unprovided.split(", ") };
  const error = /(?:^|[ :])error: (.*)/m.exec(errors)?.[1];
  if (error) return { verdict: "nocompile", reason: error, error };
  return { verdict: "refused", reason: summary(errors) };
}

/** What the guest was stopped for. @returns {Judgement} */
function judgeStop(errors, { end, log }) {
  const missing = /kasan: (?:(\S+)\(\) is called|the variable (\S+) is used), and nothing provides it(?:: (.*))?/.exec(
    log.join("\n"),
  );
  if (missing) {
    const [, called, used, why] = missing;
    const symbol = called ?? used;
    return { verdict: "missing", reason: why ? `${symbol}: ${why}` : symbol, missing: [symbol] };
  }
  if (end.stopped === "timeout") return { verdict: "hang", reason: summary(errors) };
  const line = log.find((one) => CRASH.test(one));
  return { verdict: "stopped", reason: line ? withoutTime(line) : summary(errors) };
}

/** What came to its end. @returns {Judgement} */
function judgeEnd({ suite, kunit }, output) {
  const cases = (output.tests ?? []).flatMap((test) => test.cases);
  const having = (status) => cases.filter((one) => one.status === status).map(({ name }) => name);
  const counts = { passed: having("ok").length, skipped: having("skip").length };
  const inTests = cases.reduce((sum, { reports }) => sum + reports.length, 0);
  const found = { reports: output.reports.length - inTests, warnings: output.stats.warnings };
  const { returned } = output.end;
  const log = output.log.join("\n");
  const failing = having("not ok").filter((name) => !suite.failing?.includes(name));
  const failedCount = /.*\bfailed [1-9]\d* out of .*/.exec(log)?.[0];

  /** @type {[Verdict, string | false | undefined][]} */
  const findings = [
    ["fails", failing.length > 0 && `not ok: ${failing.join(", ")}`],
    ["fails", returned !== (suite.returns ?? 0) && `it returned ${returned}`],
    ["fails", failedCount && withoutTime(failedCount)],
    ["fails", suite.says && !suite.says.test(log) && `no line of its log has ${suite.says}`],
    ["fails", kunit && cases.length === 0 && "no KUnit case ran"],
    ["fails", unequal("passed", counts.passed, suite.passed)],
    ["fails", unequal("skipped", counts.skipped, suite.skipped)],
    ["reports", unequal("KASAN reports", found.reports, suite.reports ?? 0)],
    ["reports", unequal("warnings", found.warnings, suite.warnings ?? 0)],
  ];
  const bad = findings.filter(([, text]) => text);
  if (bad.length > 0) return { verdict: bad[0][0], reason: bad.map(([, text]) => text).join("; ") };
  return { verdict: "pass", reason: cases.length === 0 ? "" : countText(counts) };
}

const countText = ({ passed, skipped }) => `${passed} ok${skipped > 0 ? `, ${skipped} skipped` : ""}`;

/** How a number differs from what is expected, if something is. */
const unequal = (what, number, expected) =>
  expected !== undefined && number !== expected && `${number} ${what}${expected > 0 ? `, not ${expected}` : ""}`;

/** The last line in which the command says what happened. */
function summary(errors) {
  const lines = errors.split("\n").filter((line) => line.startsWith("kasan: "));
  return lines.at(-1)?.slice("kasan: ".length) ?? "it said nothing";
}

const firstOf = (text, pattern) => pattern.exec(text)?.[0];
const withoutTime = (line) => line.replace(/^\[ *\d+\.\d+\] */, "");
