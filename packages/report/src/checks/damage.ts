import { type Check, result } from "./check.ts";

/** Whether the report has its end. */
export const wholeness: Check = (report) => {
  const { damage } = report;
  const last = report.lines.at(-1)?.number;
  if (damage === undefined) return result(report, "whole", true, "the report is there from its first line to its last");
  const message =
    damage === "truncated"
      ? "the report ends before the kernel's end of it: lines are missing"
      : "another report begins inside this one: lines of both may be mixed";
  return { ...result(report, "whole", false, message), ...(last !== undefined && { line: last }) };
};

/** Whether the title can be relied on. */
export const reliability: Check = (report) =>
  report.corrupted
    ? result(report, "title", false, `the title may be wrong: ${report.corruptedReason}`, "title")
    : result(report, "title", true, "what the title is made from is there", "title");

/** Whether lines of something else stand among the report's. */
export const strangers: Check = (report) => {
  const foreign = report.lines.filter(({ role }) => role === "foreign");
  if (foreign.length === 0) return undefined;
  const lines = foreign.length === 1 ? "a line stands" : `${foreign.length} lines stand`;
  return {
    id: "foreign-lines",
    ok: false,
    message: `${lines} in the report that it does not say`,
    line: foreign[0]!.number,
  };
};
