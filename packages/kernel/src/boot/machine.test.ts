import { x86_64 } from "@kasan/arch-x86";
import { PageFlags } from "@kasan/mmu";
import { shadowOf, vpnOf } from "@kasan/shadow";
import { describe, expect, test } from "vitest";
import { boot } from "../../test/machine.ts";
import { Gfp } from "../mm/gfp.ts";

const MIB = 2 ** 20;
const error = (code: string, text: string) => expect.objectContaining({ code, message: expect.stringContaining(text) });

describe.each([4, 5] as const)("with %i levels", (levels) => {
  test.each([16, 64, 256])("a machine of %i MB lays out its shadow as the kernel does", (megabytes) => {
    const { machine } = boot({ levels, memoryBytes: megabytes * MIB });
    const { space, shadow } = machine;
    const { layout } = machine.architecture;
    const at = (address: bigint) => shadowOf(shadow, address);
    const list = [...space.ranges(layout.shadowStart, layout.shadowEnd)];
    const rangeAt = (address: bigint) => list.find(({ start, end }) => start <= address && address <= end)!;

    // Direct map: real, writable, consecutive shadow, an eighth of RAM, all of it marked according to the memory.
    const direct = rangeAt(at(layout.pageOffset));
    expect(direct).toMatchObject({ start: at(layout.pageOffset), kind: "mapped", backing: "linear" });
    expect(direct.end - direct.start + 1n).toBe(BigInt((megabytes * MIB) / 8));
    expect(direct.flags & PageFlags.WRITE).toBeTruthy();
    expect(machine.statistics().directShadow).toBe((megabytes * MIB) / 8);

    // vmalloc and module space: no shadow yet.
    for (const [start, end] of [
      [layout.vmallocStart, layout.vmallocEnd],
      [layout.moduleStart, layout.moduleEnd],
    ] as const) {
      expect(rangeAt(at(start)).kind).toBe("unmapped");
      expect(rangeAt(at(end))).toBe(rangeAt(at(start)));
    }

    // Everywhere else: one read-only page of zeros.
    const early = rangeAt(at(layout.vmallocEnd + 1n));
    const rest = [layout.shadowStart, at(layout.directMapEnd + 1n), at(layout.vmemmap), layout.shadowEnd];
    for (const address of rest) {
      const range = rangeAt(address);
      expect(range).toMatchObject({ kind: "mapped", backing: "repeated", physical: early.physical });
      expect(range.flags & PageFlags.WRITE).toBe(0);
      expect(range.flags & PageFlags.READ).toBeTruthy();
    }
    expect(machine.ram.u8.subarray(early.physical, early.physical + 4096).every((byte) => byte === 0)).toBe(true);
    expect(list.length, "few ranges, for terabytes").toBeLessThan(12);
  });

  test.each([16, 64, 256])("a machine of %i MB costs little beyond its RAM, and its counts add up", (megabytes) => {
    const { machine } = boot({ levels, memoryBytes: megabytes * MIB });
    const statistics = machine.statistics();
    expect(statistics.memory).toBe(megabytes * MIB);
    expect(statistics.overhead).toBeLessThanOrEqual(megabytes * MIB * 0.25 + 16 * MIB);
    let reserved = 0;
    let used = 0;
    for (let pfn = 0; pfn < machine.pages.frames; pfn++) {
      if (machine.pages.isReserved(pfn)) reserved++;
      else if (machine.pages.references(pfn) > 0) used += machine.pages.isHead(pfn) ? 2 ** machine.pages.order(pfn) : 1;
    }
    expect(reserved + machine.buddy.totalPages).toBe(machine.pages.frames);
    expect(machine.buddy.totalPages - statistics.freePages).toBe(used);
    expect(statistics.peakUsedPages).toBeGreaterThanOrEqual(used);
    expect(statistics).toMatchObject({ allocations: 0, frees: 0, quarantine: 0, vmallocAreas: 0, reports: 0 });
  });

  test("the whole address space is listed at once", () => {
    const { machine } = boot({ levels });
    const all = [...machine.space.ranges()];
    expect(all.length).toBeLessThan(30);
    expect(all[0].start).toBe(0n);
    expect(all.at(-1)!.end).toBe(2n ** 64n - 1n);
  });

  test("RAM is in the direct map, page descriptors at vmemmap", () => {
    const { machine } = boot({ levels });
    const { layout } = machine.architecture;
    expect(machine.space.lookup(vpnOf(layout.pageOffset) + 1234)).toBe(1234);
    expect(machine.space.lookup(vpnOf(layout.pageOffset) + machine.pages.frames)).toBe(-1);
    expect(machine.space.lookup(vpnOf(layout.vmemmap))).toBe(machine.pages.address(0) / 4096);
    expect(machine.directMap.virtual(4096)).toBe(layout.pageOffset + 4096n);
  });
});

test("without KASAN there is no shadow", () => {
  const { machine } = boot({ mode: "off" });
  const { shadowStart, shadowEnd } = machine.architecture.layout;
  expect([...machine.space.ranges(shadowStart, shadowEnd)]).toMatchObject([{ kind: "unmapped" }]);
  expect(machine.kasan.enabled).toBe(false);
  expect(machine.statistics().directShadow).toBe(0);
});

test("a machine that cannot be is refused, with what to do", () => {
  for (const memoryBytes of [0, 8 * MIB, 16 * MIB + 4096, 4096 * MIB, Number.NaN]) {
    expect(() => boot({ memoryBytes })).toThrow(error("CONFIG", "16M to 2048M"));
  }
  const architecture = { ...x86_64({ levels: 4 }), pageShift: 13, name: "odd" };
  expect(() => boot({ architecture })).toThrow(error("CONFIG", "odd"));
});

test("the same options boot the same machine, byte for byte", () => {
  const [one, two] = [boot(), boot()];
  const bytes = (test: typeof one) => Buffer.from(test.machine.ram.u8);
  expect(bytes(one).equals(bytes(two))).toBe(true);
});

test("physical addresses are those of the direct map alone", () => {
  const { machine } = boot();
  expect(machine.directMap.physical(0x1000, 0xffff8880)).toBe(0x1000);
  expect(machine.directMap.physical(0x1000, 0xffff8880 | 0)).toBe(0x1000);
  expect(machine.directMap.physical(16 * MIB, 0xffff8880)).toBe(-1);
  expect(machine.directMap.physical(0x1000, 0xffff8881)).toBe(-1);
  expect(machine.directMap.physical(0x1000, 0)).toBe(-1);
  expect(machine.directMap.physical(-1, -1)).toBe(-1);
});

test("text is placed in the image and in module space, with shadow, and can be made read-only", () => {
  const { machine } = boot();
  const { layout } = machine.architecture;
  for (const module of [undefined, "m"]) {
    const address = machine.execmem.place(10_000, module);
    const base = module === undefined ? layout.kernelText : layout.moduleStart;
    expect(address).toBeGreaterThanOrEqual(base);
    machine.guestMemory.write(address + 9_999n, Uint8Array.of(7));
    expect(machine.kasan.shadowByte(address)).toBe(0);
    machine.execmem.protectText(address, 10_000);
    const { flags } = machine.space.walk(vpnOf(address));
    expect(flags & (PageFlags.WRITE | PageFlags.EXEC)).toBe(PageFlags.EXEC);
  }
  expect(() => machine.execmem.place(64 * MIB, "huge")).toThrow(error("BOOT_MEMORY", "module huge"));
  expect(() => machine.execmem.place(64 * MIB, undefined)).toThrow(error("BOOT_MEMORY", "--memory"));
});

describe("short of memory,", () => {
  test("vmalloc fails and gives everything back, page tables aside, at whichever page it ends", () => {
    const { machine } = boot();
    const { buddy, vmalloc } = machine;
    const hoard: number[] = [];
    for (let pfn = buddy.allocate(0, 0); pfn >= 0; pfn = buddy.allocate(0, 0)) hoard.push(pfn);
    for (let spare = 0; spare < 16; spare++) {
      // Far away from all mapped pages, so that tables are needed at each level.
      const tables = machine.statistics().pageTablePages;
      const free = buddy.freePages;
      const vpn = vmalloc.allocate({ size: 20 * 4096, align: 2 ** 30, gfp: Gfp.KERNEL, caller: 0 });
      expect(vpn).toBe(-1);
      vmalloc.purge();
      expect(machine.statistics().vmallocShadowPages).toBe(0);
      expect(buddy.freePages + machine.statistics().pageTablePages - tables).toBe(free);
      buddy.free(hoard.pop()!, 0);
    }
    for (const pfn of hoard) buddy.free(pfn, 0);
    expect(vmalloc.allocate({ size: 20 * 4096, gfp: Gfp.KERNEL, caller: 0 })).toBeGreaterThan(0);
  });

  test("tasks are refused, and there are at most 64", () => {
    const { machine } = boot();
    for (let pid = 1; pid <= 64; pid++) expect(machine.tasks.start(machine.cpu, pid, "t", [])).toBe(true);
    expect(machine.tasks.start(machine.cpu, 65, "t", [])).toBe(false);
    const { machine: other } = boot();
    while (other.buddy.allocate(0, 0) >= 0);
    expect(other.tasks.start(other.cpu, 1, "t", [])).toBe(false);
  });
});
