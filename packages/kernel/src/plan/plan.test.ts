import { arm64 } from "@kasan/arch-arm64";
import { x86_64 } from "@kasan/arch-x86";
import { PAGE_SCHEMES, PAGE_SIZE, shadowOf } from "@kasan/shadow";
import { SCHEMES } from "@kasan/vmalloc";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boot } from "../../test/machine.ts";
import { Gfp } from "../mm/gfp.ts";
import { NO_FREE_META } from "../mm/slab/cache.ts";
import { PLANNED_AREAS, type PlanOptions, plan } from "./index.ts";

const MIB = 2 ** 20;
const TIB = 2 ** 40;
const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);

describe("a plan is what a booted machine uses", () => {
  const sizes = fc.oneof(fc.integer({ min: 16, max: 300 }), fc.constantFrom(16, 32, 64, 128, 512, 1024, 2048));
  const names = fc.constantFrom(...Object.keys(SCHEMES));
  test.each([4, 5] as const)("with %i levels of page tables", (levels) => {
    fc.assert(
      fc.property(sizes, names, fc.constantFrom("generic", "off"), (megabytes, name, mode) => {
        const memoryBytes = megabytes * MIB;
        const { machine } = boot({ levels, memoryBytes, mode, vmallocShadow: SCHEMES[name] });
        const planned = plan({ architecture: x86_64({ levels }), memoryBytes, mode, vmallocShadow: SCHEMES[name] });
        const stats = machine.statistics();
        expect(planned.boot.map.directShadowBytes).toBe(stats.directShadow);
        expect(sum(planned.boot.tables.slice(1))).toBe(stats.pageTablePages);
        expect(planned.boot.managed).toBe(machine.buddy.totalPages);
        expect(planned.boot.free).toBe(stats.freePages);
        for (const { name, objectSize, slotSize, allocMeta, freeMeta, objects, slabPages } of planned.classes) {
          const cache = machine.slab.allocator.kmallocCache(objectSize);
          const layout = [cache.name, cache.size, cache.objects, 1 << cache.order];
          expect([name, slotSize, objects, slabPages]).toEqual(layout);
          expect([allocMeta ?? 0, freeMeta ?? NO_FREE_META]).toEqual([cache.allocMeta, cache.freeMeta]);
        }
      }),
      { numRuns: 40 },
    );
  });

  describe.each(Object.keys(PAGE_SCHEMES))("under %s", (name) => {
    const shadowScheme = PAGE_SCHEMES[name];
    const processors = [
      x86_64({ levels: 4 }),
      arm64(),
      arm64({ pageSize: 16384, vaBits: 47 }),
      arm64({ pageSize: 65536 }),
    ];

    test.each(processors.map((architecture) => [architecture.name, architecture] as const))(
      "on %s, in what boot takes",
      (_, architecture) => {
        for (const megabytes of [16, 17, 64, 100, 512]) {
          const options = { architecture, memoryBytes: megabytes * MIB, mode: "generic", shadowScheme } as const;
          const { machine } = boot(options);
          const { boot: planned, pageShadow, costs, plain } = plan(options);
          const stats = machine.statistics();
          expect(sum(planned.tables.slice(1))).toBe(stats.pageTablePages);
          expect(planned.managed).toBe(machine.buddy.totalPages);
          expect(pageShadow!.scheme).toBe(stats.pageShadow!.scheme);
          expect(pageShadow!.marks ? pageShadow!.pshadow : 0).toBe(stats.pageShadow!.pshadow);
          // Slabs are blocks of up to eight pages that are not all adjacent.
          const scattered = stats.pageShadow!.shadow / machine.pageSize - planned.ownShadow;
          expect(scattered).toBeGreaterThanOrEqual(0);
          expect(scattered).toBeLessThanOrEqual(2);
          expect(planned.free - scattered).toBe(stats.freePages);
          const ram = costs.filter(({ where }) => where === "ram").map(({ bytes }) => bytes);
          expect(sum(ram)).toBe((plain.free - planned.free) * machine.pageSize);
        }
      },
    );

    const shares = [0, 0.05, 0.25, 0.5, 0.9, 1];
    test.each(shares)("in the shadow of RAM, when %f of it is kernel memory", (kernelShare) => {
      const options = {
        architecture: x86_64({ levels: 4 }),
        memoryBytes: 64 * MIB,
        mode: "generic",
        shadowScheme,
      } as const;
      const planned = plan({ ...options, kernelShare }).pageShadow!;
      // Memory used by boot is kernel memory as well.
      const [least, most] = [planned.together, planned.scattered].map((bytes) => bytes / PAGE_SIZE) as [number, number];
      const near = plan(options).boot.ownShadow + 4;
      const together = fillMemory(options, kernelShare, true);
      expect(Math.abs(together - least)).toBeLessThanOrEqual(near);
      const scattered = fillMemory(options, kernelShare, false);
      expect(Math.abs(scattered - most)).toBeLessThanOrEqual(near);
      if (kernelShare === 1) expect(planned.together).toBe(planned.scattered);
    });
  });

  /**
   * Boots a machine and allocates all of its memory, kernel memory first or both kinds in turns. @returns the resulting shadow
   * pages
   */
  function fillMemory(
    options: Pick<PlanOptions, "architecture" | "memoryBytes" | "shadowScheme">,
    share: number,
    together: boolean,
  ) {
    const { machine } = boot(options);
    const { buddy } = machine;
    const own = () => machine.statistics().directShadow / machine.pageSize;
    let kernel = 0;
    for (let taken = 0; buddy.freePages > 0; taken++) {
      const isKernel = kernel < share * (together ? buddy.totalPages - own() : taken + 1);
      if (isKernel) kernel++;
      buddy.allocate(0, isKernel ? Gfp.KERNEL : Gfp.KERNEL | Gfp.MOVABLE);
    }
    return own();
  }

  test("in its quarantine", () => {
    const { machine, call } = boot({ memoryBytes: 64 * MIB });
    const { quarantine, boot: planned } = plan({
      architecture: x86_64({ levels: 4 }),
      memoryBytes: 64 * MIB,
      mode: "generic",
    });
    let most = 0;
    for (let i = 0; i < 4000; i++) {
      call("kfree", call("__kmalloc_noprof", 2000, 0xcc0));
      most = Math.max(most, machine.statistics().quarantine);
    }
    // The CPU's queue, the global one, and the batch that makes it exceed its limit.
    const limit = quarantine!.cpuBytes + quarantine!.globalBytes;
    expect(limit).toBe(Math.floor((planned.managed * PAGE_SIZE) / 32));
    expect(most).toBeGreaterThan(quarantine!.globalBytes);
    expect(most).toBeLessThan(limit + 2 * quarantine!.batchBytes);
  });

  test.each(Object.keys(SCHEMES))("in the shadow of areas, under %s", (name) => {
    const planned = plan({
      architecture: x86_64({ levels: 4 }),
      memoryBytes: 64 * MIB,
      mode: "generic",
      vmallocShadow: SCHEMES[name],
    });
    for (const { bytes, align, together } of planned.areas) {
      const { machine } = boot({ memoryBytes: 128 * MIB, vmallocShadow: SCHEMES[name] });
      const { vmalloc } = machine;
      const areas = Array.from({ length: PLANNED_AREAS }, () =>
        vmalloc.allocate({ size: bytes, align, gfp: 0xcc0, caller: 0 }),
      );
      expect(machine.statistics().vmallocShadowPages).toBe(together.shadowPagesPeak);
      for (const vpn of areas) vmalloc.free(vpn);
      vmalloc.purge();
      expect(machine.statistics().vmallocShadowPages).toBe(together.shadowPagesAtEnd);
    }
  });
});

describe("a plan", () => {
  const x86 = x86_64({ levels: 4 });

  test("of any size: an eighth is shadow, and what is left is less than without", () => {
    for (let memoryBytes = 16 * MIB; memoryBytes <= 64 * TIB; memoryBytes *= 2) {
      const { boot: planned, plain, costs } = plan({ architecture: x86, memoryBytes, mode: "generic" });
      expect(costs[0]).toMatchObject({ name: "shadow", bytes: memoryBytes / 8 });
      const ram = costs.filter(({ where }) => where === "ram");
      // KASAN's costs are exactly the memory that it makes unavailable.
      expect(sum(ram.map(({ bytes }) => bytes))).toBe((plain.free - planned.free) * PAGE_SIZE);
      const fraction = ((plain.free - planned.free) * PAGE_SIZE) / memoryBytes;
      expect(fraction).toBeGreaterThan(1 / 8);
      expect(fraction).toBeLessThan(memoryBytes < 64 * MIB ? 0.14 : 0.1265);
    }
  });

  test("under a per-page scheme, of any size: a byte for each page, and shadow for the share that is kernel memory", () => {
    const shadowScheme = PAGE_SCHEMES["per-page"];
    for (let memoryBytes = 64 * MIB; memoryBytes <= 64 * TIB; memoryBytes *= 4) {
      const { pageShadow, boot: planned } = plan({ architecture: x86, memoryBytes, mode: "generic", shadowScheme });
      const { kernelShare, pshadow, together, scattered, perByte } = pageShadow!;
      expect(kernelShare).toBe(0.25);
      expect(pshadow).toBe(Math.ceil(memoryBytes / PAGE_SIZE / PAGE_SIZE) * PAGE_SIZE);
      // One shadow page per seven pages of kernel memory, since it lies among them itself: s = share (all - s) / 7.
      expect(together / (planned.managed * PAGE_SIZE)).toBeCloseTo(0.25 / 7.25, 3);
      expect(scattered / (planned.managed * PAGE_SIZE)).toBeCloseTo(1 / 8, 3);
      expect(perByte).toBe(memoryBytes / 8);
    }
  });

  test("says where the shadow of everything lies, without gaps", () => {
    const { shadow } = plan({ architecture: x86, memoryBytes: 32 * MIB, mode: "generic" });
    const { layout } = x86;
    expect(shadow[0].start).toBe(layout.shadowStart);
    expect(shadow.at(-1)!.end).toBe(layout.shadowEnd);
    for (let i = 1; i < shadow.length; i++) expect(shadow[i].start).toBe(shadow[i - 1].end + 1n);
    const machine = boot().machine;
    for (const { start, end, memoryStart, memoryEnd } of shadow) {
      expect([shadowOf(machine.shadow, memoryStart), shadowOf(machine.shadow, memoryEnd)]).toEqual([start, end]);
    }
    expect(shadow.map(({ backing }) => backing)).toEqual([
      "early",
      "direct",
      "early",
      "vmalloc",
      "early",
      "image",
      "modules",
      "early",
    ]);
  });

  // x86's address space with a shadow byte per 16 bytes, which uses the upper half of the shadow region.
  const { layout } = x86;
  const tags = {
    ...x86,
    name: "a processor that ignores the top byte",
    ignoredTopBits: 8,
    layout: { ...layout, shadowScaleShift: 4, shadowOffset: 0xeffffc0000000000n, shadowStart: 0xfffff40000000000n },
  };

  test("of software tags has half the shadow and nothing beside objects; of hardware tags, none", () => {
    const hardware = plan({ architecture: tags, memoryBytes: 1024 * MIB, mode: "hw_tags" });
    expect(hardware.boot.map.directShadowBytes).toBe(0);
    expect(hardware.shadow).toEqual([]);
    expect(hardware.areas).toEqual([]);
    expect(hardware.quarantine).toBeUndefined();
    expect(hardware.costs).toContainEqual(
      expect.objectContaining({ name: "tag storage", bytes: 32 * MIB, where: "beside" }),
    );
    expect(hardware.classes[0]).toMatchObject({
      name: "kmalloc-16",
      slotSize: 16,
      allocMeta: undefined,
      freeMeta: undefined,
    });
    expect(hardware.classes[1]).toMatchObject({ name: "kmalloc-32", slotSize: 32, redzone: 0 });
    const software = plan({ architecture: tags, memoryBytes: 1024 * MIB, mode: "sw_tags" });
    expect(software.costs[0]).toMatchObject({ name: "shadow", bytes: 64 * MIB, where: "ram" });
    expect(software.quarantine).toBeUndefined();
    expect(software.classes).toEqual(hardware.classes);
    // A stack and its guard page take 36 KB; a shadow page describes 64 KB. In its middle, the guard page crosses its end.
    expect(software.areas[2]).toMatchObject({ bytes: 32768, alone: 1, aloneMost: 2 });
  });

  test.each([
    ["too little memory", { memoryBytes: 15 * MIB }, /16M to 64T on x86-64, 4 levels/],
    ["too much", { memoryBytes: 65 * TIB }, /16M to 64T/],
    ["more kernel memory than there is", { kernelShare: 1.5 }, /^150 % of kernel memory; give 0 to 100$/],
    [
      "tags and pages",
      { mode: "sw_tags", shadowScheme: PAGE_SCHEMES["per-page"], architecture: tags },
      /is of generic mode/,
    ],
    ["half a megabyte", { memoryBytes: 16.5 * MIB }, /whole megabytes/],
    ["tags without a processor for them", { mode: "sw_tags" }, /does not ignore; plan it for arm64/],
    [
      "a layout of another mode",
      { mode: "sw_tags", architecture: { ...x86, ignoredTopBits: 8 } },
      /one for 8; ask the architecture/,
    ],
  ] as const)("of %s is refused", (_, options, message) => {
    expect(() => plan({ architecture: x86, memoryBytes: 32 * MIB, mode: "generic", ...options })).toThrow(message);
  });
});
