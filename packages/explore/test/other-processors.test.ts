import { architectures } from "@kasan/architectures";
import type { Entry } from "@kasan/mmu";
import type { MemoryModel, Platform } from "@kasan/platform";
import { describe, expect, test } from "vitest";
import { Checker, Explorer, exploredScheme, interleaving, makeScenario, search, traceOf } from "../src/index.ts";

const X86 = architectures.create("x86_64");
const POWERISH: MemoryModel["instructions"] = {
  storesBarrier: "lwsync",
  barrier: "ptesync",
  contextBarrier: "isync",
  flushAll: "tlbie",
  flushOwn: "tlbiel",
  flushed: "tlbsync; ptesync",
};

/** The known architectures, and x86-64 with something changed. */
const platforms = (change: Partial<Platform>) =>
  architectures.with([{ ...architectures.get("x86_64"), name: "other", create: () => ({ ...X86, ...change }) }]);

const scenario = (scheme: string, change: Partial<Platform>, setup: string[], programs: string[][]) =>
  makeScenario({ scheme, architecture: "other", setup, programs }, exploredScheme(scheme), platforms(change));

const bits = [false, true];
const MODELS = bits.flatMap((storesInOrder) =>
  bits.flatMap((atomicsDrain) =>
    bits.map(
      (broadcast): MemoryModel => ({
        ...{ storesInOrder, atomicsDrain, broadcast },
        walksSeeOwnStores: storesInOrder,
        instructions: POWERISH,
      }),
    ),
  ),
);

describe.each(MODELS)(
  "stores in order: $storesInOrder, atomics drain: $atomicsDrain, TLBs flushed by broadcast: $broadcast",
  (memoryModel) => {
    test.each(["lazy", "poison"])("%s holds", (scheme) => {
      const programs = [["allocate a 1", "use a"], ["purge"]];
      const { outcome, found } = search(scenario(scheme, { memoryModel }, ["allocate z 6", "free z"], programs));
      expect({ outcome, found }).toEqual({ outcome: "exhausted", found: [] });
    });
  },
);

test("a pointer to a table counts at its own level, where other levels reject it", () => {
  const levelIn = (hi: number) => (hi >>> 20) & 7;
  const change: Partial<Platform> = {
    kind(level, lo, hi) {
      const kind = X86.kind(level, lo, hi);
      const wanted = kind === "table" ? level + 1 : 0;
      return kind !== "none" && levelIn(hi) !== wanted ? "reserved" : kind;
    },
    encodeTable(level, physical, flags, out: Entry) {
      X86.encodeTable(level, physical, flags, out);
      out.hi |= (level + 1) << 20;
    },
  };
  const { outcome, found } = search(
    scenario("poison", change, ["allocate z 6", "free z"], [["allocate a 1", "use a"], ["purge"]]),
  );
  expect({ outcome, found }).toEqual({ outcome: "exhausted", found: [] });
});

test("steps have the processor's own names, in traces and as mutations", () => {
  const memoryModel: MemoryModel = {
    ...{ storesInOrder: false, atomicsDrain: false, broadcast: true, walksSeeOwnStores: false },
    instructions: POWERISH,
  };
  const known = platforms({ memoryModel });
  const data = {
    scheme: "unlocked-count",
    architecture: "other",
    setup: ["allocate z 1", "free z"],
    programs: [["purge"], ["allocate a 1", "use a"]],
  };
  const { programs, ...machine } = data;
  const checker = new Checker({ ...machine, scenarios: [programs] }, exploredScheme(data.scheme), known);
  checker.run(0, { stopAtFirst: false });
  const removals = checker.removals().join("\n");
  expect(removals).toMatch(/^ptesync in /m);
  expect(removals).toMatch(/^isync in /m);
  const explorer = new Explorer(makeScenario(data, exploredScheme(data.scheme), known));
  const { found } = explorer.search();
  const text = interleaving(traceOf(explorer, data, found[0]));
  expect(text).toMatch(/ptesync/);
  expect(`${removals}\n${text}`).not.toMatch(/\b(DSB|ISB|TLBI|DMB)\b/);
});
