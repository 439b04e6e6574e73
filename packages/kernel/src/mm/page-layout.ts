/**
 * Where a version of the kernel has what the machine keeps in page descriptors (`struct page`, include/linux/mm_types.h). What no version
 * from 5.10 on has moved is not here.
 */
export interface PageLayout {
  /** Bit number of `PG_head` in `flags`. */
  readonly head: number;
  /** Bit number of `PG_reserved`. */
  readonly reserved: number;
  /** Bit number of `PG_slab`, with which kernels before 6.10 mark slabs; -1 if a slab is a type of page. */
  readonly slabFlag: number;
  /** Byte of a compound page's first tail that has its order. */
  readonly order: number;
  /** Byte there of the number of pages, u32; -1 if it is not kept. */
  readonly pages: number;
  /** Byte there of the destructor's number, which is 1, in kernels before 6.6; -1 if there is none. */
  readonly destructor: number;
  /** Bytes there of the two counts of mappings, which begin at -1: of the whole, and of all of its pages. */
  readonly mapcounts: readonly [entire: number, large: number];
  /** Byte of a slab's pointer to its cache. */
  readonly slabCache: number;
  /** `_mapcount`, as u32, of pages of three types: of a free block's first page, of a page table, of a slab. */
  readonly types: readonly [buddy: number, table: number, slab: number];
}

/** The layout of 6.12, whose structures the headers that come with these packages have. */
export const PAGE_LAYOUT: PageLayout = {
  head: 6,
  reserved: 13,
  slabFlag: -1,
  order: 0,
  pages: 32,
  destructor: -1,
  mapcounts: [20, 16],
  slabCache: 8,
  types: [0xf0000000, 0xf2000000, 0xf5000000],
};

/** Number of values that {@link pageLayoutOf} takes. */
export const PAGE_LAYOUT_VALUES = 12;

/** A layout from its values in the order of the fields above, as C code that is compiled against a kernel's headers has them. */
export function pageLayoutOf(values: ArrayLike<number>): PageLayout {
  const [head, reserved, slabFlag, order, pages, destructor, entire, large, slabCache, buddy, table, slab] =
    Array.from(values);
  const mapcounts = [entire, large] as const;
  const types = [buddy >>> 0, table >>> 0, slab >>> 0] as const;
  return { head, reserved, slabFlag, order, pages, destructor, mapcounts, slabCache, types };
}
