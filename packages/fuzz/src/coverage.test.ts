import { describe, expect, it } from "vitest";
import { Coverage, edgeOf, featuresOf } from "./coverage.ts";

const counters = (values: Readonly<Record<number, number>>, length = 11) =>
  Uint8Array.from({ length }, (_, edge) => values[edge] ?? 0);

describe("coverage", () => {
  it.each([
    [1, 0],
    [2, 1],
    [3, 2],
    [4, 3],
    [7, 3],
    [8, 4],
    [15, 4],
    [16, 5],
    [31, 5],
    [32, 6],
    [127, 6],
    [128, 7],
    [255, 7],
  ])("puts %i times into class %i", (count, expected) => {
    expect(featuresOf(counters({ 9: count }))).toEqual([9 * 8 + expected]);
  });

  it("tells what is new: an edge, or how often it is passed, and not the same again", () => {
    const coverage = new Coverage(11);
    const steps: readonly [Record<number, number>, boolean, number][] = [
      [{ 0: 1, 10: 1 }, true, 2],
      [{ 0: 1 }, false, 2],
      [{ 10: 5 }, true, 2],
      [{ 10: 6 }, false, 2],
      [{ 3: 200 }, true, 3],
    ];
    for (const [values, fresh, edges] of steps) {
      expect(coverage.isNew(counters(values))).toBe(fresh);
      coverage.add(counters(values));
      expect(coverage.reachedEdges).toBe(edges);
    }
    expect([coverage.features, coverage.executions(10), coverage.executions(5)]).toEqual([4, 3, 0]);
  });

  it("reads counters that do not begin at a word", () => {
    const all = counters({ 1: 1, 6: 2 }, 12);
    expect(featuresOf(all.subarray(1))).toEqual([0, 5 * 8 + 1]);
  });

  it("has features besides those of edges", () => {
    const coverage = new Coverage(11);
    const other = coverage.other(5);
    expect(edgeOf(other, 11)).toBeUndefined();
    expect(coverage.isNew(counters({}), [other])).toBe(true);
    coverage.add(counters({}), [other]);
    expect([coverage.isNew(counters({}), [other]), coverage.has(other), coverage.features]).toEqual([false, true, 1]);
  });
});
