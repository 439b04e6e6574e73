import { architectures } from "@kasan/architectures";
import { PAGE_SCHEMES, type PageShadowScheme } from "@kasan/shadow";
import { LazyShadow, Vmalloc } from "@kasan/vmalloc";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  Checker,
  type ExploredScheme,
  ExploreError,
  Explorer,
  exploredScheme,
  makeScenario,
  search,
  suite,
  traceOf,
} from "../src/index.ts";

const RACE = {
  scheme: "lazy",
  architecture: "x86_64",
  setup: [],
  programs: [["allocate a 1", "use a"], ["purge"]],
} as const;

describe("the code under exploration", () => {
  test("must keep nothing between operations", () => {
    let runs = 0;
    class Remembers extends LazyShadow {
      override unpoison(vpn: number, bytes: number): void {
        if (++runs % 2 === 0) super.unpoison(vpn, bytes);
      }
    }
    const scheme: ExploredScheme = { name: "remembers", make: (backend) => new Remembers(backend) };
    expect(() => search(makeScenario(RACE, scheme))).toThrow(/not deterministic/);
  });

  test("goes no further where it catches what cuts it off", () => {
    class Swallows extends LazyShadow {
      override unpoison(vpn: number, bytes: number): void {
        try {
          super.unpoison(vpn, bytes);
        } catch {}
      }
    }
    const scheme: ExploredScheme = { name: "swallows", make: (backend) => new Swallows(backend) };
    expect(search(makeScenario(RACE, scheme))).toMatchObject({ outcome: "exhausted", found: [] });
  });

  test("may fail, which is a property that does not hold", () => {
    class Fails extends LazyShadow {
      override release(): void {
        throw new Error("there is no release");
      }
    }
    const scheme: ExploredScheme = { name: "fails", make: (backend) => new Fails(backend) };
    const data = { ...RACE, setup: ["allocate z 1", "free z"] };
    const { found } = search(makeScenario(data, scheme), { properties: ["failure"] });
    expect(found.map(({ name, what }) => ({ name, what }))).toEqual([{ name: "failure", what: "there is no release" }]);
  });

  test("that fails while it holds a lock comes to a deadlock", () => {
    class Keeps extends LazyShadow {
      override release(vpn: number): void {
        this.backend.map(this.shadowVpn(vpn) + 1, this.backend.allocatePage());
      }
    }
    const scheme: ExploredScheme = { name: "keeps", make: (backend) => new Keeps(backend) };
    const data = { ...RACE, setup: ["allocate z 1", "free z"], frames: 1 };
    // It has no frame to map: frame -1 is refused, and waiters for the lock wait forever.
    const { found } = search(makeScenario(data, scheme), { stopAtFirst: false });
    expect(found.map(({ name }) => name)).toContain("failure");
    expect(found.map(({ name }) => name)).toContain("deadlock");
  });
});

describe("a scheme for the direct map", () => {
  const PAGES = {
    scheme: "mine",
    architecture: "x86_64",
    setup: [],
    programs: [["take kernel 0"], ["access 0"]],
  } as const;
  const own = (change: Partial<PageShadowScheme>): ExploredScheme => ({
    name: "mine",
    pages: (backend) => Object.assign(PAGE_SCHEMES["per-page"](backend), change),
  });
  const refuses = () => {
    throw new Error("not on a\nSunday");
  };

  test("that fails in an operation fails: that is no deadlock, and the trace says why", () => {
    const explorer = new Explorer(makeScenario(PAGES, own({ allocated: refuses })));
    const { found } = explorer.search({ stopAtFirst: false });
    expect(found.map(({ name, what }) => ({ name, what }))).toEqual([{ name: "failure", what: "not on a\nSunday" }]);
    const trace = traceOf(explorer, PAGES, found[0]);
    expect(trace.steps.map(({ what }) => what)).toEqual(["allocates page 0", "fails: not on a?Sunday"]);
  });

  test("may fail before its first step", () => {
    const scheme: ExploredScheme = {
      name: "mine",
      make: (backend) => new LazyShadow(backend),
      vmalloc: class extends Vmalloc {
        override purge = refuses;
      },
    };
    const data = { ...PAGES, programs: [["purge"], ["allocate a 1", "use a"]] };
    const { found } = search(makeScenario(data, scheme), { stopAtFirst: false });
    expect(found.map(({ name, codes }) => ({ name, steps: codes.length }))).toEqual([{ name: "failure", steps: 1 }]);
    expect(() => new Explorer(makeScenario({ ...data, setup: ["purge"] }, scheme)).search()).toThrow(
      expect.objectContaining({
        code: "SCHEME",
        message: "the scheme mine fails in the set-up (purge): not on a?Sunday",
      }),
    );
  });

  test.each([
    [own({ boot: refuses }), "the scheme mine fails in boot(): not on a?Sunday"],
    [{ name: "mine", pages: refuses }, "the scheme mine cannot be made: not on a?Sunday"],
  ] as [ExploredScheme, string][])("that cannot boot is refused", (scheme, message) => {
    const make = () => new Explorer(makeScenario(PAGES, scheme));
    expect(make).toThrow(expect.objectContaining({ code: "SCHEME", message }));
  });
});

test.each([
  [{ programs: [] }, /CPUs/],
  [{ programs: [["fly a"]] }, /no operation fly/],
  [{ programs: [["free b"]] }, /nothing allocates/],
  [{ programs: [["allocate a 99"]] }, /below 16/],
  [{ programs: [["allocate a 0"]] }, /at least one page/],
  [{ programs: [["purge now"]] }, /no operation purge now on vmalloc space; there are allocate A PAGES, free A/],
  [{ programs: [["take kernel 0"]] }, /no operation take kernel 0 on vmalloc space/],
  [{ scheme: "per-page", programs: [["purge"]] }, /no operation purge on the direct map; there are take KIND PAGE/],
  [{ programs: Array(7).fill([]) }, /7 CPUs; give programs for 1 to 6/],
  [{ programs: [Array(257).fill("purge")] }, /257 operations; give at most 256/],
  [{ scheme: "nosuch" }, /no scheme is called nosuch; there are early, /],
  [{ scheme: "constructor" }, /no scheme is called constructor/],
  [{ pages: 1 }, /1 pages; give 2 to 64/],
  [{ pages: 1e9 }, /1000000000 pages; give 2 to 64/],
  [{ pages: 2.5 }, /2.5 pages/],
  [{ frames: 0 }, /0 frames; give 1 to 16/],
  [{ frames: Number.NaN }, /NaN frames/],
  [{ buffer: 17 }, /17 entries of a store buffer; give 1 to 16/],
])("a scenario that makes no sense is refused: %j", (change, message) => {
  const make = () => new Explorer(makeScenario({ ...RACE, ...change }));
  expect(make).toThrow(message);
  expect(make).toThrow(expect.objectContaining({ code: "SCENARIO" }));
});

test("a check refuses each of its scenarios that has too many CPUs", () => {
  const { programs, ...rest } = RACE;
  expect(() => new Checker({ ...rest, scenarios: [programs, Array(7).fill(["purge"])] })).toThrow(/7 CPUs/);
});

test("a suite of more scenarios than anybody can wait for is refused", () => {
  expect(suite("lazy", "x86_64", [{ cpus: 2, operations: 4 }])).toHaveLength(8778);
  const most = { cpus: 6, operations: 9 };
  expect(() => suite("lazy", "x86_64", [most])).toThrow(/6 CPUs x 9 operations: \de\+\d+ scenarios; give fewer/);
  expect(() => suite("per-page", "x86_64", [most])).toThrow(/give fewer/);
});

test("a user's scheme comes before those that ship, and is listed with them", () => {
  const own: ExploredScheme = { name: "lazy", make: (backend) => new LazyShadow(backend) };
  expect(exploredScheme("lazy", [own])).toBe(own);
  expect(() => exploredScheme("mine", [{ ...own, name: "yours" }])).toThrow(/there are yours, early/);
});

test("no operations, however written, do more than be refused or explored", () => {
  const word = fc.constantFrom(
    "allocate",
    "free",
    "use",
    "purge",
    "a",
    "b",
    "1",
    "-1",
    "1e3",
    "",
    "stray",
    "__proto__",
  );
  const operation = fc.array(word, { maxLength: 4 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(fc.array(fc.array(operation, { maxLength: 2 }), { maxLength: 2 }), (programs) => {
      try {
        expect(search(makeScenario({ ...RACE, programs })).outcome).toBe("exhausted");
      } catch (error) {
        expect(error).toBeInstanceOf(ExploreError);
      }
    }),
    { numRuns: 200 },
  );
});

test("an architecture that is not there, or has no memory model, is refused", () => {
  expect(() => makeScenario({ ...RACE, architecture: "toString" })).toThrow(
    expect.objectContaining({ code: "PLATFORM_NAME", message: expect.stringContaining("there are x86_64, arm64") }),
  );
  const bare = {
    ...architectures.get("x86_64"),
    name: "bare",
    create: () => {
      const { memoryModel: _, ...platform } = architectures.create("x86_64");
      return platform;
    },
  };
  expect(() =>
    makeScenario({ ...RACE, architecture: "bare" }, exploredScheme(RACE.scheme), architectures.with([bare])),
  ).toThrow(expect.objectContaining({ code: "PLATFORM_MEMBER", message: expect.stringContaining("memoryModel") }));
});
