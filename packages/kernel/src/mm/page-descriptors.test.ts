import { PhysicalMemory } from "@kasan/mmu";
import { PAGE_SIZE } from "@kasan/shadow";
import { describe, expect, it } from "vitest";
import { PageDescriptors, PGTY_BUDDY, PGTY_NONE, PGTY_SLAB, PGTY_TABLE } from "./page-descriptors.ts";
import { PAGE_LAYOUT, type PageLayout, pageLayoutOf } from "./page-layout.ts";

const VMEMMAP = 0xffffea0000000000n;
/** 5.10's, as its headers have it. */
const OLD = pageLayoutOf([16, 12, 9, 17, 24, 16, 20, 20, 24, ~0x80, ~0x400, -1]);

function descriptors(layout: PageLayout): { pages: PageDescriptors; ram: PhysicalMemory } {
  const ram = PhysicalMemory.allocate(64 * PAGE_SIZE, 4096);
  return { ram, pages: new PageDescriptors(ram, PAGE_SIZE, 64, VMEMMAP, 12, layout) };
}

describe.each([
  ["6.12", PAGE_LAYOUT],
  ["5.10", OLD],
])("page descriptors of %s", (_, layout) => {
  const { pages } = descriptors(layout);

  it("tell a compound page's head and order", () => {
    pages.prepare(8, 2, true);
    expect([pages.isHead(8), pages.order(8), pages.head(10), pages.isHead(9)]).toEqual([true, 2, 8, false]);
  });

  it.each([PGTY_BUDDY, PGTY_TABLE, PGTY_SLAB])("keep a type (%i) until another is set", (type) => {
    pages.prepare(4, 0, false);
    pages.setType(4, type);
    expect(pages.type(4)).toBe(type);
    pages.setType(4, PGTY_NONE);
    expect(pages.type(4)).toBe(PGTY_NONE);
    expect(pages.low(4, 0)).toBe(0);
  });
});

describe("page descriptors of 5.10", () => {
  const { pages, ram } = descriptors(OLD);

  it("have the destructor and the order beside each other, and the number of pages", () => {
    pages.prepare(8, 3, true);
    expect([...ram.u8.subarray(pages.address(9) + 16, pages.address(9) + 28)]).toEqual([
      1, 3, 0, 0, 255, 255, 255, 255, 8, 0, 0, 0,
    ]);
    expect(pages.low(8, 0)).toBe(1 << 16);
  });

  it("mark slabs by a flag, and leave the count of mappings alone", () => {
    pages.prepare(8, 0, false);
    pages.setType(8, PGTY_SLAB);
    expect([pages.low(8, 0), pages.low(8, 48)]).toEqual([1 << 9, 0xffffffff]);
  });
});
