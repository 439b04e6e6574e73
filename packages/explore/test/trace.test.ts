import { architectures } from "@kasan/architectures";
import { LazyShadow, Vmalloc } from "@kasan/vmalloc";
import { describe, expect, test } from "vitest";
import {
  type ExploredScheme,
  Explorer,
  exploredPlatform,
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
