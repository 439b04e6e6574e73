import { describe, expect, test } from "vitest";
import { REPORTS, styleOf } from "../../test/models.ts";
import { readLines, styleOfVersion, textsOf } from "../../test/read.ts";
import { renderReport } from "../render.ts";
import { DEFAULT_STYLE } from "../style.ts";
import { SECTIONS } from "./index.ts";
import type { JsonUse, Reading } from "./section.ts";

const VERSIONS = [
  [4, 2],
  [4, 9],
  [4, 14],
  [5, 4],
  [5, 10],
  [5, 18],
  [6, 1],
  [6, 12],
  [6, 15],
  [6, 17],
] as const;
const MODELS = Object.entries(REPORTS);

test("names are unique", () => {
  expect(new Set(SECTIONS.map(({ name }) => name)).size).toBe(SECTIONS.length);
});

test("lines are dispatched by characters of ASCII", () => {
  for (const { read } of SECTIONS) {
    const draft = { form: "report" };
    const readers = read?.({ draft, inMemory: false, ended: false } as unknown as Reading<never>);
    for (const key of Object.keys(readers?.lines ?? {})) expect(key).toMatch(/^[!-~]+$/);
  }
});

describe.each(MODELS)("%s", (name, report) => {
  const style = styleOf(name) ?? DEFAULT_STYLE;

  // Kernels before 4.12 had no report of a bad free like today's: its line about the access is of no kernel.
  const versions = VERSIONS.filter(([major, minor]) => report.access.kind !== "Free" || major > 4 || minor >= 12);

  test.each(versions)("each line is read as a part of the report in the wording of %i.%i", (major, minor) => {
    const texts = textsOf(renderReport(report, { ...style, version: { major, minor } }));
    const { roles } = readLines(texts);
    const lost = texts.filter((_, i) => roles[i] === undefined);
    expect(lost).toEqual([]);
  });

  test.each(["run", "explain"] as const)("the schema of each section names the keys of its JSON for %s", (use) => {
    const to: JsonUse = { for: use, style };
    for (const section of SECTIONS) {
      const keys = Object.entries(section.json?.(report, to) ?? {}).filter(([, value]) => value !== undefined);
      expect(Object.keys(section.schema?.(use) ?? {})).toEqual(expect.arrayContaining(keys.map(([key]) => key)));
    }
  });
});

test("a section prints nothing of a report that says nothing of it", () => {
  const empty = { bugType: "x", callTrace: [] };
  for (const { name, print } of SECTIONS) {
    if (name === "title" || name === "call trace") continue;
    expect(print?.(empty, styleOfVersion(6, 12)) ?? []).toEqual([]);
  }
});
