import { architectures } from "@kasan/architectures";
import { LazyShadow, Vmalloc } from "@kasan/vmalloc";
import { describe, expect, test } from "vitest";
import {
  type ExploredScheme,
  Explorer,
  exploredPlatform,
  exploredScheme,
  makeScenario,
  replay,
  traceOf,
  type UserProperty,
  VARIANTS,
} from "../src/index.ts";

test.each(VARIANTS.map(({ name }) => name))("the trace of %s can be run again", (name) => {
  const { setup, programs, cachesInvalid = false, breaks, wrongOn } = VARIANTS.find((one) => one.name === name)!;
  const data = {
    scheme: name,
    architecture: wrongOn?.(exploredPlatform(architectures.get("x86_64"))) === false ? "arm64" : "x86_64",
    setup,
    programs,
    cachesInvalid,
  } as const;
  const explorer = new Explorer(makeScenario(data));
  const { found } = explorer.search({ properties: [breaks] });
  const trace = traceOf(explorer, data, found[0]);
  expect(trace.property).toBe(breaks);
  expect(trace.codes.length).toBeLessThanOrEqual(found[0].codes.length);
  const read = JSON.parse(JSON.stringify(trace));
  const again = replay(new Explorer(makeScenario(read.scenario)), read);
  expect(again).toMatchObject({ same: true, broken: true });
});

describe("a property of one's own", () => {
  const data = { scheme: "lazy", architecture: "x86_64", setup: [], programs: [["allocate a 1"]] } as const;
  const atMost = (frames: number): UserProperty => ({
    name: "few",
    holds: "few frames are enough",
    check: ({ allocatedFrames }) => (allocatedFrames > frames ? `${allocatedFrames} are allocated` : undefined),
  });
  const explorer = new Explorer(makeScenario(data));
  const { found } = explorer.search({ userProperties: [atMost(0)] });
  const trace = traceOf(explorer, data, found[0]);
  const again = (...own: UserProperty[]) => replay(new Explorer(makeScenario(data)), trace, own);

  test("is judged again", () => {
    expect(again(atMost(0))).toMatchObject({ same: true, broken: true, what: "1 are allocated" });
    expect(again(atMost(1))).toMatchObject({ same: false, broken: false, what: "" });
  });

  test("cannot be judged without its module", () => {
    expect(() => again()).toThrow(/^property: no property is called "few"; .* It cannot be judged: add --plugin FILE/);
  });
});

describe("what a violation does not need is left out:", () => {
  const SETUP = ["purge", "allocate z 1", "free z"];
  const own = { name: "few", holds: "few frames are enough" };
  const few: UserProperty = { ...own, check: (state) => (state.allocatedFrames > 1 ? "there are more" : undefined) };

  test.each([
    [
      "operations, CPUs and the set-up's",
      { scheme: "unlocked-count", property: "shadow-fault", setup: SETUP },
      [["stray 12", "purge", "stray 13"], ["allocate a 1", "use a", "free a"], ["stray 9"]],
      { setup: ["allocate z 1", "free z"], programs: [["purge"], ["allocate a 1", "use a"]] },
    ],
    [
      "for a property of one's own",
      { scheme: "lazy", property: "few", setup: [] },
      [["stray 12", "allocate a 1"], ["purge"], ["allocate b 1", "allocate c 10", "free c"]],
      { setup: [], programs: [["allocate c 10"]] },
    ],
    [
      "at an end",
      { scheme: "loses", property: "lost-page", setup: [] },
      [["allocate a 1", "stray 3", "free a", "stray 4", "purge"], ["stray 12"]],
      { setup: [], programs: [["allocate a 1", "free a", "purge"]] },
    ],
    [
      "where somebody waits for ever",
      { scheme: "keeps", property: "deadlock", setup: ["allocate z 1"] },
      [
        ["stray 3", "purge"],
        ["allocate a 1", "use a", "purge"],
      ],
      { setup: [], programs: [["purge"], ["allocate a 1"]] },
    ],
  ])("%s", (_, { scheme: name, property, setup }, programs, least) => {
    const OWN: Record<string, ExploredScheme> = {
      keeps: {
        name,
        make: (backend) => new LazyShadow(backend),
        vmalloc: class extends Vmalloc {
          override purge(): void {
            this.lock.acquire();
          }
        },
      },
      loses: {
        name,
        make: (backend) =>
          new (class extends LazyShadow {
            override free(shadows: readonly number[]): void {
              for (const shadow of shadows) this.backend.unmap(shadow);
            }
          })(backend),
      },
    };
    const scheme = OWN[name] ?? exploredScheme(name);
    const data = { scheme: name, architecture: "x86_64", setup, programs, cachesInvalid: false };
    const explorer = new Explorer(makeScenario(data, scheme));
    const userProperties = [few];
    const { found } = explorer.search({ properties: [property], userProperties });
    const trace = traceOf(explorer, data, found[0], { userProperties });
    expect({ setup: trace.scenario.setup, programs: trace.scenario.programs }).toEqual(least);
    expect(trace.scenario).toEqual({ ...data, ...least });
    expect(trace.codes.length).toBeLessThanOrEqual(found[0].codes.length);
    const again = replay(new Explorer(makeScenario(trace.scenario, scheme)), trace, userProperties);
    expect(again).toMatchObject({ same: true, broken: true });
    const whole = traceOf(explorer, data, found[0], { userProperties, shorten: false });
    expect(whole).toMatchObject({ scenario: data, codes: found[0].codes });
  });

  test("not in the trace of a property that cannot be judged", () => {
    const data = { scheme: "lazy", architecture: "x86_64", setup: [], programs: [["purge", "allocate a 14"]] };
    const explorer = new Explorer(makeScenario(data));
    const { found } = explorer.search({ userProperties: [{ ...few, check: () => "always" }] });
    expect(traceOf(explorer, data, found[0])).toMatchObject({ scenario: data, codes: found[0].codes });
  });
});

test("that somebody waits for ever is judged again", () => {
  const keeps = (name: string): ExploredScheme => ({
    name,
    make: (backend) => new LazyShadow(backend),
    vmalloc: class extends Vmalloc {
      override purge(): void {
        this.lock.acquire();
      }
    },
  });
  const data = { scheme: "keeps", architecture: "x86_64", setup: [], programs: [["purge"], ["purge"]] } as const;
  const explorer = new Explorer(makeScenario(data, keeps("keeps")));
  const { found } = explorer.search();
  const trace = traceOf(explorer, data, found[0]);
  expect(trace.property).toBe("deadlock");
  expect(replay(new Explorer(makeScenario(data, keeps("keeps"))), trace).broken).toBe(true);
  // Cut off before the end, where some CPU can still run.
  const shorter = { ...trace, codes: trace.codes.slice(0, -1) };
  expect(replay(new Explorer(makeScenario(data, keeps("keeps"))), shorter).broken).toBe(false);
});
