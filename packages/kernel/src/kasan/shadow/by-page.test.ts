import { arm64 } from "@kasan/arch-arm64";
import { x86_64 } from "@kasan/arch-x86";
import { KASAN_PAGE_FREE, PAGE_SCHEMES } from "@kasan/shadow";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Machine } from "../../boot/machine.ts";
import type { MachineOptions } from "../../boot/options.ts";
import { Gfp } from "../../mm/gfp.ts";

const OTHER = Gfp.KERNEL | Gfp.MOVABLE;
const MACHINES = {
  "x86 4K": x86_64({ levels: 4 }),
  "arm64 4K": arm64(),
  "arm64 16K": arm64({ pageSize: 16384, vaBits: 47 }),
  "arm64 64K": arm64({ pageSize: 65536 }),
};
const NAMES = Object.keys(MACHINES) as (keyof typeof MACHINES)[];

function boot(scheme: string, architecture = MACHINES["x86 4K"], more: Partial<MachineOptions> = {}): Machine {
  return new Machine({
    architecture,
    memoryBytes: 16 * 2 ** 20,
    mode: "generic",
    seed: 0,
    multiShot: true,
    panicOnWarn: false,
    version: "6.12.0",
    log: () => {},
    shadowScheme: PAGE_SCHEMES[scheme],
    ...more,
  });
}

/** The shadow byte of a page's first byte, according to the page tables. */
function shown(machine: Machine, pfn: number): number {
  return machine.kasan.shadowByte(machine.directMap.virtual(pfn * machine.pageSize));
}

/** Whether a read of one byte of a page is considered good. */
function judges(machine: Machine, pfn: number): boolean {
  const address = machine.directMap.virtual(pfn * machine.pageSize + 8);
  return machine.kasan.check(Number(address & 0xffffffffn) | 0, Number(address >> 32n) | 0, 1, false, []);
}

describe.each(Object.keys(PAGE_SCHEMES))("%s", (scheme) => {
  test.each(Object.entries(MACHINES))(
    "on %s: pages in use are good, and shadow is for kernel memory",
    (_, processor) => {
      const machine = boot(scheme, processor);
      const before = machine.statistics().directShadow;
      const kernel = machine.buddy.allocate(3, Gfp.KERNEL);
      expect(shown(machine, kernel)).toBe(0);
      expect(machine.statistics().directShadow).toBeGreaterThan(before);
      const other = machine.buddy.allocate(3, OTHER);
      const now = machine.statistics().directShadow;
      for (let i = 0; i < 8; i++) expect(judges(machine, other + i)).toBe(true);
      expect(machine.statistics().directShadow).toBe(now);
      machine.buddy.free(kernel, 3);
      expect(shown(machine, kernel)).toBe(KASAN_PAGE_FREE);
      expect(judges(machine, kernel)).toBe(false);
      machine.buddy.free(other, 3);
      if (scheme !== "per-page-no-pshadow") expect(judges(machine, other)).toBe(false);
    },
  );

  test.each(NAMES)("on %s: slab objects are checked to the byte", (name) => {
    const machine = boot(scheme, MACHINES[name]);
    const prefix = machine.symbols.returnWords("__kmalloc_noprof");
    const object = machine.slab.kmalloc(100, Gfp.KERNEL | Gfp.MOVABLE, prefix);
    const byte = (offset: number) => machine.kasan.shadowByte(machine.directMap.virtual(object + offset));
    expect([byte(0), byte(96)]).toEqual([0, 4]);
    expect(byte(104)).toBeGreaterThan(0x7f);
  });

  test.each(NAMES)("on %s: a second view of the machine sees the same", (name) => {
    const machine = boot(scheme, MACHINES[name], { cpus: 2 });
    const other = Machine.view(machine.options, machine.memory, 1);
    const page = machine.buddy.allocate(0, OTHER);
    expect(judges(other, page)).toBe(true);
    machine.buddy.free(page, 0);
    const again = machine.buddy.allocate(0, Gfp.KERNEL);
    expect(again).toBe(page);
    expect(judges(other, page)).toBe(true);
  });
});

test.each(NAMES)(
  "on %s: over any sequence, on two CPUs, checks judge as pages are used, and shadow is gone with the last",
  (name) => {
    const step = fc.record({
      cpu: fc.nat(1),
      order: fc.constantFrom(0, 0, 0, 1, 3),
      kernel: fc.boolean(),
      which: fc.nat(),
      what: fc.constantFrom("take", "take", "give", "look", "look"),
    });
    fc.assert(
      fc.property(fc.constantFrom("per-page", "per-page-zero"), fc.array(step, { maxLength: 60 }), (scheme, steps) => {
        const first = boot(scheme, MACHINES[name], { cpus: 2 });
        const views = [first, Machine.view(first.options, first.memory, 1)];
        const before = first.statistics().directShadow;
        const blocks: [pfn: number, order: number][] = [];
        const freed: number[] = [];
        const inUse = (pfn: number) => blocks.some(([at, order]) => pfn >= at && pfn < at + (1 << order));
        for (const { cpu, order, kernel, which, what } of steps) {
          const machine = views[cpu];
          const index = blocks.length > 0 ? which % blocks.length : -1;
          if (what === "take") blocks.push([machine.buddy.allocate(order, kernel ? Gfp.KERNEL : OTHER), order]);
          else if (index < 0) continue;
          else if (what === "give") {
            const [[pfn, size]] = blocks.splice(index, 1) as [[number, number]];
            machine.buddy.free(pfn, size);
            freed.push(pfn);
          } else {
            expect(judges(machine, blocks[index][0])).toBe(true);
            const gone = freed[which % freed.length];
            // Shadow pages are memory in use.
            const refs = gone === undefined ? 1 : first.pages.references(gone);
            if (gone !== undefined && !inUse(gone) && refs === 0) expect(judges(machine, gone)).toBe(false);
          }
        }
        for (const [pfn, order] of blocks) first.buddy.free(pfn, order);
        expect(first.statistics().directShadow).toBe(before);
      }),
      { numRuns: 30 },
    );
  },
);

test.each(NAMES)("on %s: where memory for shadow is short, so is kernel memory", (name) => {
  const machine = boot("per-page", MACHINES[name]);
  const taken: number[] = [];
  for (let pfn = machine.buddy.allocate(0, OTHER); pfn >= 0; pfn = machine.buddy.allocate(0, OTHER)) taken.push(pfn);
  // A page of its own group, for whose shadow no page is left.
  machine.buddy.free(taken[taken.length >> 1], 0);
  const shadow = machine.statistics().directShadow;
  expect(machine.buddy.allocate(0, Gfp.KERNEL)).toBe(-1);
  expect(machine.statistics().directShadow).toBe(shadow);
  expect(machine.buddy.allocate(0, OTHER)).toBeGreaterThan(0);
});

test("tags have no per-page shadow, and it is no use without poison of freed pages", () => {
  expect(() => boot("per-page", arm64({ kasan: "sw_tags" }), { mode: "sw_tags" })).toThrow(/generic mode/);
  expect(() => boot("per-page", undefined, { without: ["page-poison"] })).toThrow(/page-poison/);
});
