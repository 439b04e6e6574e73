import { describe, expect, it } from "vitest";
import { Coverage, edgeOf, FeatureList, featuresOf } from "./coverage.ts";

const counters = (values: Readonly<Record<number, number>>, length = 11) =>
  Uint8Array.from({ length }, (_, edge) => values[edge] ?? 0);
const listOf = (values: Readonly<Record<number, number>>) => new FeatureList().read(counters(values));

describe("features", () => {
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
  ])("put %i times into class %i", (count, expected) => {
    expect(featuresOf(counters({ 9: count }))).toEqual([9 * 8 + expected]);
  });

  it("are read from counters that do not begin at a word, and from others after them", () => {
    const list = new FeatureList();
    const all = counters({ 1: 1, 6: 2 }, 12);
    expect([...list.read(all.subarray(1)).copy()]).toEqual([0, 5 * 8 + 1]);
    expect([...list.read(all).copy()]).toEqual([8, 6 * 8 + 1]);
  });

  it("are only those of the last execution", () => {
    const list = new FeatureList();
    list.read(counters({ 0: 1, 1: 1, 2: 1 }));
    list.read(counters({ 0: 1 }));
    expect([list.hasAll([0]), list.hasAll([0, 8])]).toEqual([true, false]);
    for (let other = 0; other < 300; other++) list.push(1000 + other);
    expect([list.length, list.hasAll([0, 1299]), list.hasAll([16])]).toEqual([301, true, false]);
  });
});

describe("coverage", () => {
  it("tells what is new: an edge, or how often it is passed, and not the same again", () => {
    const coverage = new Coverage(11);
    const steps: readonly [Record<number, number>, number[], number][] = [
      [{ 0: 1, 10: 1 }, [0, 80], 2],
      [{ 0: 1 }, [], 2],
      [{ 10: 5 }, [83], 2],
      [{ 10: 6 }, [], 2],
      [{ 3: 200 }, [31], 3],
    ];
    for (const [values, fresh, edges] of steps) {
      expect(coverage.isNew(listOf(values))).toBe(fresh.length > 0);
      expect(coverage.add(listOf(values))).toEqual(fresh);
      expect(coverage.reachedEdges).toBe(edges);
    }
    expect([coverage.features, coverage.executions(10), coverage.executions(5)]).toEqual([4, 3, 0]);
  });

  it("has features besides those of edges", () => {
    const coverage = new Coverage(11);
    const other = coverage.other(5);
    const list = listOf({});
    list.push(other);
    expect(edgeOf(other, 11)).toBeUndefined();
    expect(coverage.isNew(list)).toBe(true);
    expect(coverage.add(list)).toEqual([other]);
    expect([coverage.isNew(list), coverage.has(other), coverage.features]).toEqual([false, true, 1]);
  });
});
