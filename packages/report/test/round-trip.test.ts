import fc from "fast-check";
import { expect, test } from "vitest";
import { formatLog, formatReport, type KasanReport, parseLog, type ReportStyle, toKasanReport } from "../src/index.ts";
import { anyReport } from "./arbitrary.ts";
import { REPORTS, styleOf } from "./models.ts";

/** A report, printed again. */
function again(text: string, style?: ReportStyle): { report: KasanReport; text: string } {
  const { reports, items } = parseLog(text);
  expect(formatLog(items)).toBe(text);
  expect(reports).toHaveLength(1);
  const report = toKasanReport(reports[0]!);
  expect(report).toBeDefined();
  return { report: report!, text: formatReport(report!, style) };
}

test.each(Object.entries(REPORTS))("%s is read, and printed as it was", (name, report) => {
  const text = formatReport(report, styleOf(name));
  expect(again(text, styleOf(name)).text.split("\n")).toEqual(text.split("\n"));
});

test("reports of all versions and kinds are read, and printed as they were", () => {
  fc.assert(
    fc.property(anyReport, ({ report, style }) => {
      const text = formatReport(report, style);
      const back = again(text, style);
      expect(back.text.split("\n")).toEqual(text.split("\n"));
      const { bugType, access, task, callTrace, object, aux, stack, memory, variable } = report;
      expect(back.report).toMatchObject({
        bugType,
        access,
        task,
        callTrace,
        ...(object && { object }),
        ...(aux && { aux }),
        ...(stack && { stack }),
        ...(memory && { memory }),
        ...(variable && { variable }),
      });
    }),
    { numRuns: 300, interruptAfterTimeLimit: 20_000 },
  );
});

/** Two lists, mixed at random, each in its order. */
function interleave(a: readonly string[], b: readonly string[], choices: readonly boolean[]): string[] {
  const [x, y] = [[...a], [...b]];
  const mixed: string[] = [];
  for (let i = 0; x.length + y.length > 0; i++) {
    const first = y.length === 0 || (x.length > 0 && choices[i % choices.length]);
    mixed.push((first ? x : y).shift()!);
  }
  return mixed;
}

test("reports of two CPUs, mixed at random, come back whole if callers are told", () => {
  const choices = fc.array(fc.boolean(), { minLength: 7, maxLength: 97 });
  fc.assert(
    fc.property(anyReport, anyReport, choices, (a, b, order) => {
      const logs = [a, b].map(({ report, style }, i) =>
        formatReport(report, style)
          .split("\n")
          .slice(0, -1)
          .map((line) => `[   12.345678][ ${i === 0 ? "T1234" : "   C1"}] ${line}\n`),
      );
      const text = interleave(logs[0]!, logs[1]!, order).join("");
      const { reports, items } = parseLog(text);
      expect(formatLog(items)).toBe(text);
      const found = reports.map(({ lines }) => lines.map(({ raw }) => raw).join("")).sort();
      expect(found).toEqual(logs.map((lines) => lines.join("")).sort());
    }),
    { numRuns: 150, interruptAfterTimeLimit: 20_000 },
  );
});
