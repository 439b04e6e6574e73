import { LazyShadow } from "@kasan/vmalloc";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ExploredScheme, ExploreError, Explorer, makeScenario, search } from "../src/index.ts";

const RACE = {
  scheme: "lazy",
  architecture: "x86",
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
    // There is no frame for it to map: frame -1 is refused, and who waits for the lock waits for ever.
    const { found } = search(makeScenario(data, scheme), { stopAtFirst: false });
    expect(found.map(({ name }) => name)).toContain("failure");
    expect(found.map(({ name }) => name)).toContain("deadlock");
  });
});

test.each([
  [{ programs: [] }, /CPUs/],
  [{ programs: [["fly a"]] }, /no operation fly/],
  [{ programs: [["free b"]] }, /nothing allocates/],
  [{ programs: [["allocate a 99"]] }, /below 16/],
  [{ programs: [["allocate a 0"]] }, /at least one page/],
  [{ scheme: "nosuch" }, /no scheme is called nosuch/],
])("a scenario that makes no sense is refused: %j", (change, message) => {
  expect(() => new Explorer(makeScenario({ ...RACE, ...change }))).toThrow(message);
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
