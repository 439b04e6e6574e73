import { arm64 } from "@kasan/arch-arm64";
import { SCHEMES } from "@kasan/vmalloc";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boot } from "../../test/machine.ts";

const GFP = 0xcc0;
const MIB = 2 ** 20;

describe.each([4096, 16384, 65536] as const)("pages of %d bytes", (pageSize) => {
  const start = (kasan: "generic" | "sw_tags" | "hw_tags" = "generic", scheme = "lazy") =>
    boot({
      architecture: arm64({ kasan, pageSize }),
      mode: kasan,
      memoryBytes: 64 * MIB,
      vmallocShadow: SCHEMES[scheme],
    });

  test("descriptors, addresses and frames agree", () => {
    const { call, machine } = start();
    const { vmemmap, pageOffset } = machine.architecture.layout;
    expect(machine.pages.frames).toBe((64 * MIB) / pageSize);
    const page = call("alloc_pages_noprof", GFP, 2);
    const address = call("page_address", page);
    const pfn = call("page_to_pfn", page);
    expect(pfn).toBe((address - pageOffset) / BigInt(pageSize));
    expect(page).toBe(vmemmap + pfn * 64n);
    expect(call("virt_to_page", address + BigInt(3 * pageSize + 5))).toBe(page + 3n * 64n);
    call("free_pages", address, 2);
  });

  test("page numbers of halves are those of whole addresses", () => {
    const { kernelPages } = start().machine;
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (address) => {
        const [low, high] = [Number(address & 0xffffffffn), Number(address >> 32n)];
        const page = kernelPages.pageOfHalves(low | 0, high | 0);
        expect(page).toBe(kernelPages.pageOf(address));
        const first = kernelPages.addressOf(page);
        expect(kernelPages.lowOf(page) >>> 0).toBe(Number(first & 0xffffffffn));
        expect(kernelPages.highOf(page) >>> 0).toBe(Number(first >> 32n));
      }),
    );
  });

  test("kmalloc goes from caches to pages at two pages, up to 1024 of them", () => {
    const { call } = start();
    const capacity = (size: number) => {
      const pointer = call("__kmalloc_noprof", BigInt(size), GFP);
      const bytes = pointer === 0n ? 0 : Number(call("ksize", pointer));
      if (pointer !== 0n) call("kfree", pointer);
      return bytes;
    };
    expect([1, 2 * pageSize, 2 * pageSize + 1].map(capacity)).toEqual([8, 2 * pageSize, 4 * pageSize]);
    expect(capacity(1024 * pageSize + 1)).toBe(0);
  });

  test.each(Object.keys(SCHEMES))("areas of vmalloc space have shadow of their own, and a guard page: %s", (scheme) => {
    const { call, machine, reports } = start("generic", scheme);
    const sizes = fc.array(fc.integer({ min: 1, max: 5 * pageSize }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(sizes, (all) => {
        const areas = all.map((size) => ({ size, at: call("vmalloc_noprof", BigInt(size)) }));
        for (const { size, at } of areas) {
          expect(at % BigInt(pageSize)).toBe(0n);
          machine.guestMemory.write(at, new Uint8Array(size).fill(7));
          const guard = at + BigInt(Math.ceil(size / pageSize) * pageSize);
          expect(machine.space.lookup(Number(guard >> 12n))).toBe(-1);
          if (scheme === "early") continue;
          expect(machine.kasan.shadowByte(at + BigInt(size - 1))).toBeLessThan(8);
          expect(machine.kasan.shadowByte(guard)).toBe(0xf8);
        }
        for (const { size, at } of areas)
          expect(machine.guestMemory.read(at, size).every((byte) => byte === 7)).toBe(true);
        for (const { at } of areas) call("vfree", at);
        call("vm_unmap_aliases");
        expect(machine.vmalloc.counts).toEqual({ areas: expect.any(Number), lazyPages: 0 });
      }),
      { numRuns: 10 },
    );
    expect(reports).toEqual([]);
  });

  test("tags of an area reach over its pages and not behind it", () => {
    const { call, machine } = start("hw_tags");
    const size = pageSize + 100;
    const area = call("vmalloc_noprof", BigInt(size));
    const tag = Number(area >> 56n);
    const at = (offset: number) => machine.kasan.shadowByte(area + BigInt(offset));
    expect([0, pageSize - 1, pageSize, pageSize + 99].map(at)).toEqual([tag, tag, tag, tag]);
    expect([pageSize + 112, 2 * pageSize - 1].map(at)).toEqual([0xfe, 0xfe]);
    call("vfree", area);
  });
});
