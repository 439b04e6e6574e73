import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseFrameDescription } from "./stack-frame.ts";

describe("the description of a stack frame", () => {
  test("is taken apart", () => {
    expect(parseFrameDescription("2 32 8 3 buf 64 100 9 tricky:17")).toEqual([
      { start: 32, end: 40, name: "buf" },
      { start: 64, end: 164, name: "tricky", line: 17 },
    ]);
    expect(parseFrameDescription("1 32 8 5 a b:9")).toEqual([{ start: 32, end: 40, name: "a b", line: 9 }]);
    expect(parseFrameDescription("2 32 8 3 buf 64")).toEqual([{ start: 32, end: 40, name: "buf" }]);
  });

  test("is taken as far as it goes, whatever it is", () => {
    expect(parseFrameDescription("")).toEqual([]);
    expect(parseFrameDescription("99999999999999999999 1 1 1 a")).toEqual([{ start: 1, end: 2, name: "a" }]);
    const text = fc.oneof(
      fc.string({ maxLength: 1024, unit: "binary" }),
      fc.array(fc.oneof(fc.nat().map(String), fc.constantFrom(" ", ":", "x"))).map((words) => words.join(" ")),
    );
    fc.assert(
      fc.property(text, (text) => void parseFrameDescription(text)),
      { numRuns: 500 },
    );
  });
});
