import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ExploreError,
  Explorer,
  exploredScheme,
  makeScenario,
  readTrace,
  replay,
  type Trace,
  traceOf,
  VARIANTS,
} from "../src/index.ts";

/** A trace that violates one property of a variant. */
function traceOfVariant(name: string): Trace {
  const { setup, programs, breaks, cachesInvalid = false } = VARIANTS.find((variant) => variant.name === name)!;
  const data = { scheme: name, architecture: "x86_64", setup, programs, cachesInvalid, frames: 4 } as const;
  const explorer = new Explorer(makeScenario(data));
  return traceOf(explorer, data, explorer.search({ properties: [breaks] }).found[0]);
}

const AREAS = traceOfVariant("unlocked-count");
const PAGES = traceOfVariant("per-page-no-recheck");

/** Reads and replays a trace. @returns the code of the resulting error */
function outcomeOf(text: string): string {
  try {
    const trace = readTrace(text);
    const scheme = exploredScheme(trace.scenario.scheme);
    return String(replay(new Explorer(makeScenario(trace.scenario, scheme)), trace).same);
  } catch (error) {
    if (error instanceof ExploreError) return error.code;
    throw error;
  }
}

test.each([AREAS, PAGES])("a trace is read as it was written", (trace) => {
  const text = JSON.stringify(trace, undefined, 1);
  expect(readTrace(text)).toEqual(trace);
  expect(outcomeOf(text)).toBe("true");
});

const { scenario } = AREAS;
const DAMAGED: [unknown, RegExp][] = [
  [null, /^version: is missing; give a file that kasan check --trace wrote/],
  [{}, /^version: is missing/],
  [{ ...AREAS, version: 2 }, /^version: should be 1/],
  [{ version: 1 }, /^scenario: is missing/],
  [{ ...AREAS, scenario: [] }, /^scenario: an object should be here, not a list of 0/],
  [{ ...AREAS, extra: 1 }, /^nothing is called "extra" here; there are version, scenario, /],
  [{ ...AREAS, scenario: { ...scenario, scheme: "nosuch" } }, /^scenario: no scheme is called nosuch; there are early/],
  [{ ...AREAS, scenario: { ...scenario, scheme: 7 } }, /^scenario.scheme: a text should be here, not 7/],
  [
    { ...AREAS, scenario: { ...scenario, architecture: "mips" } },
    /^scenario.architecture: no architecture is called mips; there are x86_64, arm64/,
  ],
  [{ ...AREAS, scenario: { ...scenario, pages: 1e9 } }, /^scenario: 1000000000 pages; give 2 to 64/],
  [{ ...AREAS, scenario: { ...scenario, frames: "6" } }, /^scenario.frames: a number should be here, not "6"/],
  [
    { ...AREAS, scenario: { ...scenario, programs: [["purge"], "purge"] } },
    /^scenario.programs\[1\]: a list should be here/,
  ],
  [
    { ...AREAS, scenario: { ...scenario, programs: [[["purge"]]] } },
    /^scenario.programs\[0\]\[0\]: a text should be here/,
  ],
  [{ ...AREAS, scenario: { ...scenario, setup: ["fly"] } }, /^scenario: no operation fly/],
  [{ ...AREAS, scenario: { ...scenario, without: "\u001b[2J" } }, /^scenario.without: .*control character/],
  [{ ...AREAS, property: "luck" }, /^property: no property is called "luck"; there are missed-bug, /],
  [{ ...AREAS, cells: [[1, 2, 3]] }, /^cells\[0\]: a list of two should be here, not a list of 3/],
  [{ ...AREAS, cells: [[4, 0]] }, /^cells\[0\]\[0\]: a whole number from 0 to 3 should be here, not 4/],
  [{ ...AREAS, cells: Array(5000).fill([0, 0]) }, /^cells: a list of at most 1024/],
  [{ ...AREAS, cells: [[1, 3]] }, /^cells\[0\]: there is nothing of that kind at that address/],
  [{ ...AREAS, codes: [0, -1] }, /^codes\[1\]: a whole number from 0/],
  [{ ...AREAS, codes: [AREAS.codes[0], 999], steps: [] }, /^codes\[1\]: that transition is not possible there/],
  [{ ...AREAS, reduction: "no" }, /^reduction: true or false should be here, not "no"/],
  [{ ...AREAS, steps: [{ ...AREAS.steps[0], cpu: 2 }] }, /^steps\[0\].cpu: there is no CPU 2/],
  [{ ...AREAS, steps: [{ ...AREAS.steps[0], transition: 999 }] }, /^steps\[0\].transition: there is no codes\[999\]/],
];

test.each(DAMAGED.map(([value, message]) => ({ value, message })))("$message", ({ value, message }) => {
  const read = () => {
    const trace = readTrace(JSON.stringify(value));
    replay(new Explorer(makeScenario(trace.scenario)), trace);
  };
  expect(read).toThrow(expect.objectContaining({ code: "TRACE", message: expect.stringMatching(message) }));
});

test("what is no JSON is refused, and its terminal escapes are not passed on", () => {
  const read = () => readTrace("\u001b[2J{");
  expect(read).toThrow(expect.objectContaining({ code: "TRACE", message: expect.stringMatching(/^no JSON: [ -~]*$/) }));
});

test("a property of a user's module is known where the module is given", () => {
  const text = JSON.stringify({ ...AREAS, property: "mine" });
  expect(() => readTrace(text)).toThrow(/no property is called "mine"/);
  const mine = { name: "mine", holds: "it does", check: () => undefined };
  expect(readTrace(text, { properties: [mine] }).property).toBe("mine");
});

describe("whatever a file holds, it is run or refused", () => {
  test("any text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.json({ maxDepth: 8 })), (text) => {
        expect(outcomeOf(text)).toBe("TRACE");
      }),
      { numRuns: 500 },
    );
  });

  /** Paths to all places in a value. */
  function placesOf(value: unknown, way: (string | number)[] = []): (string | number)[][] {
    if (typeof value !== "object" || value === null) return [way];
    return [way, ...Object.entries(value).flatMap(([name, one]) => placesOf(one, [...way, name]))];
  }

  /** A copy of a value with one place changed; `undefined` removes it. */
  function changed(value: unknown, way: readonly (string | number)[], to: (before: unknown) => unknown): unknown {
    if (way.length === 0) return to(value);
    const [first, ...rest] = way as [string, ...string[]];
    const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
    copy[first] = changed(copy[first], rest, to);
    return copy;
  }

  const trace = fc.constantFrom(AREAS, PAGES);
  const number = fc.oneof(fc.integer({ min: -2, max: 70 }), fc.integer(), fc.double(), fc.constant(2 ** 31));
  const operation = fc.constantFrom(
    "allocate a 1",
    "free a",
    "stale a",
    "stray 70",
    "give 9",
    "use __proto__",
    "take user 1",
    "",
  );
  const change = fc.oneof(
    fc.oneof(number, operation, fc.jsonValue(), fc.constant(undefined)).map((to) => () => to),
    number.map((by) => (before: unknown) => (typeof before === "number" ? before + (by % 9) : [before])),
    fc.constant((before: unknown) => (Array.isArray(before) ? [...before, ...before] : before)),
    fc.constant((before: unknown) => (Array.isArray(before) ? before.slice(1) : before)),
  );

  test("a trace with changes", () => {
    fc.assert(
      fc.property(trace, fc.array(fc.tuple(fc.nat(), change), { minLength: 1, maxLength: 4 }), (from, changes) => {
        let value: unknown = from;
        for (const [at, to] of changes) {
          const places = placesOf(value);
          value = changed(value, places[at % places.length], to);
        }
        expect(["true", "false", "TRACE", "SCENARIO", "TOO_LARGE"]).toContain(outcomeOf(JSON.stringify(value) ?? ""));
      }),
      { numRuns: 1000 },
    );
  });

  test("a trace whose state and scenario are as large as they may be", () => {
    const cells = Array.from({ length: 1024 }, (_, index) => [
      index < 512 ? 1 : 2,
      65536 + (index % 512) * 8 * (index < 512 ? 1 : 64),
    ]);
    const setup = Array.from({ length: 250 }, (_, index) => ["allocate z 60", "free z", "purge", "reuse"][index % 4]);
    const largest = { ...scenario, pages: 64, frames: 16, buffer: 16, setup };
    expect(outcomeOf(JSON.stringify({ ...AREAS, scenario: largest, cells }))).toMatch(/^(TRACE|TOO_LARGE)$/);
  });
});
