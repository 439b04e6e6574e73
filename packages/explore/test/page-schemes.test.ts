import { architectures } from "@kasan/architectures";
import { PAGE_SCHEMES, PageMark } from "@kasan/shadow";
import { describe, expect, test } from "vitest";
import {
  allPagePrograms,
  type ExploredScheme,
  Explorer,
  interleaving,
  makeScenario,
  replay,
  type SuiteBounds,
  suite,
  traceOf,
} from "../src/index.ts";
import { boundsFor } from "./bounds.ts";

const EVERYTHING = [
  ["take kernel 0", "take user 0", "give 0", "access 0", "redzone 0"],
  ["take kernel 1", "take user 1", "give 1", "access 1", "redzone 1"],
];

/** Explores all programs of a suite. @returns the number of programs */
function exhaust(scheme: string, architecture: string, bounds: readonly SuiteBounds[]): number {
  const scenarios = suite(scheme, architecture, bounds);
  const explorer = new Explorer(makeScenario({ scheme, architecture, setup: [], programs: EVERYTHING }));
  for (const { programs } of scenarios) {
    const { outcome, found } = explorer.search({}, programs);
    expect({ programs, outcome, found }).toEqual({ programs, outcome: "exhausted", found: [] });
  }
  return scenarios.length;
}

/** Its second look calls all memory in use good, redzones of kernel memory too. */
const GOOD_IF_IN_USE: ExploredScheme = {
  name: "good-if-in-use",
  pages: (backend) => {
    const scheme = PAGE_SCHEMES["per-page"](backend);
    const { secondLook } = scheme;
    scheme.secondLook = (first, last) =>
      backend.mark(first) === PageMark.FREE ? secondLook.call(scheme, first, last) : "good";
    return scheme;
  },
};

describe.each(architectures.names)("on %s", (architecture) => {
  test("a second look that calls all memory in use good is found, by the suite of any per-page scheme", () => {
    const scenarios = suite("good-if-in-use", architecture, [{ cpus: 2, operations: 2 }], true);
    const data = { scheme: "good-if-in-use", architecture, setup: [], programs: EVERYTHING };
    const explorer = new Explorer(makeScenario(data, GOOD_IF_IN_USE));
    const found = new Set(
      scenarios.flatMap(({ programs }) => explorer.search({}, programs).found.map(({ name }) => name)),
    );
    expect([...found]).toEqual(["missed-bug"]);
  });

  test("all properties hold of per-page", () => {
    expect(exhaust("per-page", architecture, boundsFor("per-page", architecture))).toBeGreaterThan(500);
  }, 2_400_000);

  test("and of per-page-zero, with 2 CPUs x 2 operations", () => {
    expect(exhaust("per-page-zero", architecture, [{ cpus: 2, operations: 2 }])).toBeGreaterThan(100);
  }, 2_400_000);

  test("a group that shows zeros leaves them while others look", () => {
    const programs = [["give 0", "take kernel 0"], ["access 0", "access 1"], ["access 0"]];
    const setup = ["take user 0", "take user 1"];
    const explorer = new Explorer(makeScenario({ scheme: "per-page-zero", architecture, setup, programs }));
    expect(explorer.search()).toMatchObject({ outcome: "exhausted", found: [] });
  });

  test("a check that faults while a group changes waits for the lock, which arm64 needs", () => {
    const without = "lock of the shadow in translatePatiently";
    const programs = [["take kernel 0"], ["access 1"]];
    const data = { scheme: "per-page", architecture, setup: ["take user 1"], programs };
    expect(new Explorer(makeScenario(data)).search().outcome).toBe("exhausted");
    const { found } = new Explorer(makeScenario({ ...data, without })).search();
    expect(found.map(({ name }) => name)).toEqual(architecture === "arm64" ? ["shadow-fault"] : []);
  });

  test("without marks, a CPU that shows zeros lets a bad access to kernel memory pass", () => {
    const data = {
      scheme: "per-page-no-pshadow",
      architecture,
      setup: [],
      programs: [
        ["access 1", "access 0"],
        ["take kernel 0", "give 0"],
      ],
    };
    const { found } = new Explorer(makeScenario(data)).search({ stopAtFirst: false });
    expect(found.map(({ name }) => name)).toEqual(["missed-bug"]);
  });
});

test("no two programs of a suite are the same, and all CPUs run", () => {
  for (const [cpus, operations] of [
    [2, 3],
    [3, 2],
    [1, 4],
  ] as const) {
    const all = allPagePrograms(cpus, operations);
    expect(
      all.every((programs) => programs.length === cpus && programs.every((one) => one.length === operations)),
    ).toBe(true);
  }
  const two = allPagePrograms(2, 2).map((programs) => JSON.stringify(programs));
  expect(new Set(two).size).toBe(two.length);
});

test("an interleaving says what each CPU saw, and can be run again", () => {
  const data = {
    scheme: "per-page-no-recheck",
    architecture: "x86_64",
    setup: [],
    programs: [["access 1", "access 0"], ["take kernel 0"]],
  } as const;
  const explorer = new Explorer(makeScenario(data));
  const { found } = explorer.search({ properties: ["false-report"] });
  const trace = traceOf(explorer, data, found[0]);
  const text = interleaving(trace, 200);
  expect(text).toContain("the black page, stale: the tables say frame 0 (CPU 0's TLB)");
  expect(text).toContain("reads the mark of page 0: ff");
  expect(text).toContain("INVLPG: shadow page 0");
  const again = replay(new Explorer(makeScenario(data)), trace);
  expect(again.same).toBe(true);
});

test.each([["take page 0"], ["take kernel 2"], ["give"], ["access 99"], ["allocate a 1"]])(
  "%s is no operation",
  (text) => {
    const data = { scheme: "per-page", architecture: "x86_64", setup: [], programs: [[text]] } as const;
    expect(() => makeScenario(data)).toThrow(/take KIND PAGE, give PAGE, access PAGE/);
  },
);
