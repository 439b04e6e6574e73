import { describe, expect, it } from "vitest";
import { judge } from "./judge.js";

type Output = NonNullable<Parameters<typeof judge>[1]["output"]>;

const set = (suite = {}, kunit = false) =>
  ({ kind: "suites", name: "lib/a.c", files: ["lib/a.c"], suite, kunit }) as Parameters<typeof judge>[0];
const output = (more: Partial<Output> = {}): Output => ({
  end: { returned: 0 },
  log: [],
  reports: [],
  stats: { warnings: 0 },
  ...more,
});
const stoppedFor = (stopped: string, log: string[] = []) => output({ end: { stopped }, log });
const outcome = (code: number | null, errors = "", output?: Output) => ({
  code,
  signal: null,
  late: false,
  errors,
  output,
});
const ended = (errors: string, more: Partial<Output> = {}) => outcome(0, `kasan: a: ${errors}\n`, output(more));
const cases = (...statuses: ("ok" | "not ok" | "skip")[]) => [
  { cases: statuses.map((status, i) => ({ name: `case${i}`, status, reports: [] as number[] })) },
];
const verdictOf = (...args: Parameters<typeof judge>) => judge(...args).verdict;

describe("a run that comes to its end", () => {
  it("passes if nothing is wrong", () => {
    expect(judge(set(), ended("no KASAN report"))).toEqual({ verdict: "pass", reason: "" });
    const tests = cases("ok", "ok", "skip");
    expect(judge(set({}, true), ended("2 tests passed", { tests }))).toEqual({
      verdict: "pass",
      reason: "2 ok, 1 skipped",
    });
  });

  it("fails with a case that is not ok, which is named", () => {
    const tests = cases("ok", "not ok");
    expect(judge(set(), ended("1 failed", { tests }))).toEqual({ verdict: "fails", reason: "not ok: case1" });
    expect(verdictOf(set({ failing: ["case1"] }), ended("1 failed", { tests }))).toBe("pass");
  });

  it("fails if a suite has no case, or not as many as expected", () => {
    expect(judge(set({}, true), ended("no KASAN report")).reason).toBe("no KUnit case ran");
    expect(judge(set({ passed: 2 }), ended("", { tests: cases("ok") })).reason).toBe("1 passed, not 2");
    expect(judge(set({ passed: 1 }), ended("", { tests: cases("ok", "skip") })).verdict).toBe("pass");
    expect(judge(set({ passed: 1, skipped: 0 }), ended("", { tests: cases("ok", "skip") })).verdict).toBe("fails");
  });

  it("fails by what its init function returns, unless that is expected", () => {
    const run = ended("no KASAN report", { end: { returned: -11 } });
    expect(judge(set(), run)).toEqual({ verdict: "fails", reason: "it returned -11" });
    expect(verdictOf(set({ returns: -11 }), run)).toBe("pass");
    expect(judge(set({ returns: -11 }), ended("no KASAN report")).reason).toBe("it returned 0");
  });

  it("fails by what its log says", () => {
    const log = ["[    1.000000] test_x: failed 3 out of 7 tests"];
    expect(judge(set(), ended("", { log }))).toEqual({ verdict: "fails", reason: "test_x: failed 3 out of 7 tests" });
    expect(verdictOf(set(), ended("", { log: ["test_x: failed 0 out of 7 tests"] }))).toBe("pass");
    expect(verdictOf(set({ says: /all \d+ passed/ }), ended("", { log: ["all 7 passed"] }))).toBe("pass");
    expect(verdictOf(set({ says: /all \d+ passed/ }), ended("", { log: ["all passed"] }))).toBe("fails");
  });

  it("reports what no case provoked", () => {
    const run = outcome(
      1,
      "",
      output({ reports: [{}, {}], tests: [{ cases: [{ name: "a", status: "ok", reports: [0] }] }] }),
    );
    expect(judge(set(), run)).toEqual({ verdict: "reports", reason: "1 KASAN reports" });
    expect(verdictOf(set({ reports: 1 }), run)).toBe("pass");
    expect(judge(set({ warnings: 3 }), outcome(1, "", output({ stats: { warnings: 2 } }))).reason).toBe(
      "2 warnings, not 3",
    );
  });

  it("says all that is wrong, the worst first", () => {
    const run = outcome(1, "", output({ tests: cases("not ok"), stats: { warnings: 2 } }));
    expect(judge(set(), run)).toEqual({ verdict: "fails", reason: "not ok: case0; 2 warnings" });
  });
});

describe("a run that is stopped", () => {
  it("names the function that is missing", () => {
    const log = ["[    0.1] kasan: foo() is called, and nothing provides it: mm/slub.c is replaced by the machine"];
    expect(judge(set(), outcome(3, "", stoppedFor("missing", log)))).toEqual({
      verdict: "missing",
      reason: "foo: mm/slub.c is replaced by the machine",
      missing: ["foo"],
    });
  });

  it("is one that hangs, if its time is up", () => {
    expect(judge(set(), outcome(3, "kasan: a: stopped, in f()\n", stoppedFor("timeout")))).toEqual({
      verdict: "hang",
      reason: "a: stopped, in f()",
    });
    const late = { signal: "SIGKILL", late: true };
    const listed = "Compiled in:\nlib/a.c  for a, which lib/b.c needs\n";
    expect(judge(set(), { ...outcome(null, listed), ...late })).toEqual({ verdict: "hang", reason: "it did not end" });
    expect(judge(set(), { ...outcome(null), ...late }).reason).toBe("compiling took too long");
  });

  it("says how it crashed", () => {
    const log = ["[    0.000100] x", "[    0.000200] BUG: kernel NULL pointer dereference, address: 0"];
    expect(judge(set(), outcome(3, "kasan: a: the guest crashed\n", stoppedFor("oops", log)))).toEqual({
      verdict: "stopped",
      reason: "BUG: kernel NULL pointer dereference, address: 0",
    });
    expect(judge(set(), outcome(3, "kasan: a: the guest crashed\n", stoppedFor("oops"))).reason).toBe(
      "a: the guest crashed",
    );
  });
});

describe("what does not run", () => {
  it("has a first error", () => {
    const errors = "a.c:1:2: fatal error: 'x.h' file not found\na.c:2:2: error: more\nkasan: a.c does not compile\n";
    expect(judge(set(), outcome(2, errors))).toEqual({
      verdict: "nocompile",
      reason: "'x.h' file not found",
      error: "'x.h' file not found",
    });
  });

  it("lacks symbols", () => {
    const errors =
      "  function a\nkasan: nothing provides a, b; the provided functions are listed by: kasan functions\n";
    expect(judge(set(), outcome(2, errors))).toEqual({ verdict: "missing", reason: "a, b", missing: ["a", "b"] });
  });

  it("is refused", () => {
    expect(judge(set(), outcome(2, "kasan: f is defined twice\n"))).toEqual({
      verdict: "refused",
      reason: "f is defined twice",
    });
  });

  it("is a defect, if the command itself fails", () => {
    expect(judge(set(), outcome(70, "kasan: this is a bug\nRangeError: x\n  at y\n"))).toEqual({
      verdict: "defect",
      reason: "Error: x",
    });
    expect(judge(set(), { ...outcome(null), signal: "SIGSEGV" }).reason).toBe("it ended with SIGSEGV");
    // It wrote nothing, whatever it says.
    expect(verdictOf(set(), outcome(0))).toBe("defect");
  });
});
