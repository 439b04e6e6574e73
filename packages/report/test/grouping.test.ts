import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { HAS_CORPUS, readCorpus } from "./grouping/corpus.ts";
import { foldsOf } from "./grouping/folds.ts";
import { scoresOf, tablesOf } from "./grouping/measure.ts";
import { agreement } from "./grouping/pairwise.ts";

/**
 * How good grouping is, by cross-validation over bugs. `UPDATE_GOLDEN=1 npx vitest run packages/report/test/grouping.test.ts` writes the
 * tables of docs/grouping.md anew.
 */
const DOC = new URL("../../../docs/grouping.md", import.meta.url);
const TABLES =
  /(?<=<!-- tables: written by packages\/report\/test\/grouping.test.ts -->\n\n).*?(?=\n\n<!-- end of tables -->)/s;

test("agreement counts pairs", () => {
  const [a, b] = [{ bug: "a" }, { bug: "b" }];
  expect(agreement([[a, a], [b]])).toEqual({ precision: 1, recall: 1, f1: 1 });
  expect(agreement([[a, a, b]])).toEqual({ precision: 1 / 3, recall: 1, f1: 0.5 });
  expect(agreement([[a], [a], [b]])).toEqual({ precision: 1, recall: 0, f1: 0 });
});

test("folds have each report once, and each bug in one of them", () => {
  const reports = Array.from({ length: 100 }, (_, id) => ({ id, bug: String(id % 30) }));
  const folds = foldsOf(reports, 4, 1);
  expect(new Set(folds.flat())).toEqual(new Set(reports));
  expect(folds.reduce((sum, fold) => sum + new Set(fold.map(({ bug }) => bug)).size, 0)).toBe(30);
  expect(foldsOf(reports, 4, 1)).toEqual(folds);
  expect(foldsOf(reports, 4, 2)).not.toEqual(folds);
});

describe.skipIf(!HAS_CORPUS)("reports whose bugs are known (skipped without ../shared/reports)", () => {
  test("rules do better than titles on bugs that they were not chosen on, and the tables say how much", () => {
    const reports = readCorpus();
    const scores = scoresOf(reports);
    const [rules, chosen, title, fingerprint] = scores;
    for (const at of rules!.folds.keys()) {
      const f1 = rules!.folds[at]!.f1;
      for (const other of [title, fingerprint]) expect(f1).toBeGreaterThan(other!.folds[at]!.f1 + 0.02);
      expect(chosen!.folds[at]!.f1).toBeGreaterThan(title!.folds[at]!.f1);
    }
    const doc = readFileSync(DOC, "utf8");
    const written = doc.replace(TABLES, () => tablesOf(reports, scores));
    if (process.env.UPDATE_GOLDEN) writeFileSync(DOC, written);
    else expect(doc).toBe(written);
  });
});
