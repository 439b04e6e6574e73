import type { PhysicalMemory } from "@kasan/mmu";
import { PAGE_SHIFT } from "@kasan/shadow";
import { PAGE_LAYOUT, type PageLayout } from "./page-layout.ts";

/**
 * Size of `struct page`: 64 bytes per page frame, in RAM, mapped at vmemmap as on a real machine (include/linux/mm_types.h). By the
 * layout of 6.12 ({@link PageLayout} tells what other versions have elsewhere):
 *
 *     byte  0  flags          u64
 *           8  lru.next / compound_head / slab_cache
 *          16  lru.prev / slab list
 *          24  mapping
 *          32  index / freelist of a slab / order of a free block's list link
 *          40  private: order of a free block; counters of a slab: inuse:16 objects:15 frozen:1
 *          48  _mapcount or page_type (u8 << 24), u32
 *          52  _refcount, u32
 *          56  memcg_data
 *
 * A compound page's first tail holds the order at byte 0, and the head's address + 1 at byte 8 (bit 0 marks a tail).
 */
export const PAGE_STRUCT_BYTES = 64;

/** KASAN_TAG_PGSHIFT, relative to the upper half of the flags: below the two zone bits. */
const TAG_SHIFT = 22;
/** Type of a free block's first page (enum pagetype of include/linux/page-flags.h; the top byte of `page_type` in 6.12). */
export const PGTY_BUDDY = 0xf0;
/** Type of a page-table page. */
export const PGTY_TABLE = 0xf2;
/** Type of a slab's first page. */
export const PGTY_SLAB = 0xf5;
/** No type: a count of mappings, which is at the same place, of -1. */
export const PGTY_NONE = 0xff;
const NOT_MAPPED = 0xffffffff;
/** LIST_POISON2 of include/linux/poison.h on x86-64, in halves. */
const LIST_POISON2 = [0x122, 0xdead0000] as const;
/** The destructor of compound pages (enum compound_dtor_id of include/linux/mm.h before 6.6). */
const COMPOUND_PAGE_DTOR = 1;

/** Fields of the page descriptors, by page frame number. A view of RAM. */
export class PageDescriptors {
  private readonly ram: PhysicalMemory;
  private readonly u32: Uint32Array;
  private readonly u8: Uint8Array;
  private readonly base: number;
  private readonly layout: PageLayout;
  private readonly headFlag: number;
  private readonly reservedFlag: number;
  /** 0 if a slab is a type of page. */
  private readonly slabFlag: number;
  private readonly buddyType: number;
  private readonly tableType: number;
  private readonly slabType: number;
  private readonly vmemmapHigh: number;
  private readonly vmemmapLow: number;
  /** log2 of the page size. */
  readonly pageShift: number;
  /** Number of page frames with a descriptor. */
  readonly frames: number;

  /**
   * @param ram - the machine's RAM
   * @param base - physical address of the descriptor of frame 0
   * @param frames - number of page frames
   * @param vmemmap - virtual address of the descriptor of frame 0
   * @param pageShift - log2 of the page size, 12 by default
   * @param layout - that of a kernel's version; 6.12's by default
   */
  constructor(
    ram: PhysicalMemory,
    base: number,
    frames: number,
    vmemmap: bigint,
    pageShift: number = PAGE_SHIFT,
    layout: PageLayout = PAGE_LAYOUT,
  ) {
    this.pageShift = pageShift;
    this.layout = layout;
    this.headFlag = 1 << layout.head;
    this.reservedFlag = 1 << layout.reserved;
    this.slabFlag = layout.slabFlag < 0 ? 0 : 1 << layout.slabFlag;
    [this.buddyType, this.tableType, this.slabType] = layout.types;
    this.ram = ram;
    this.u32 = ram.u32;
    this.u8 = ram.u8;
    this.base = base;
    this.frames = frames;
    this.vmemmapHigh = Number(vmemmap >> 32n);
    this.vmemmapLow = Number(vmemmap & 0xffffffffn);
  }

  /** Physical address of a frame's descriptor. */
  address(pfn: number): number {
    return this.base + pfn * PAGE_STRUCT_BYTES;
  }

  /** Virtual address of a frame's descriptor. */
  virtual(pfn: number): bigint {
    return (BigInt(this.vmemmapHigh) << 32n) | BigInt(this.virtualLow(pfn));
  }

  private word(pfn: number, byte: number): number {
    return (this.base + pfn * PAGE_STRUCT_BYTES + byte) >>> 2;
  }

  private wrote(pfn: number): void {
    this.ram.wrote(this.address(pfn), PAGE_STRUCT_BYTES);
  }

  /** Low half of the virtual address of a frame's descriptor. With less than 256 GB of RAM, vmemmap has a single high half. */
  private virtualLow(pfn: number): number {
    return (this.vmemmapLow + pfn * PAGE_STRUCT_BYTES) >>> 0;
  }

  /** Initializes the descriptor of memory that the kernel keeps for itself, as in a freshly booted kernel. */
  reserve(pfn: number): void {
    this.clear(pfn);
    this.u32[this.word(pfn, 0)] = this.reservedFlag;
    this.u32[this.word(pfn, 52)] = 1;
  }

  /** Whether the kernel keeps the frame for itself. */
  isReserved(pfn: number): boolean {
    return (this.u32[this.word(pfn, 0)] & this.reservedFlag) !== 0;
  }

  private clear(pfn: number): void {
    const { u32 } = this;
    const at = this.word(pfn, 0);
    // Calling fill() takes longer than these sixteen stores.
    this.wrote(pfn);
    for (let i = at; i < at + PAGE_STRUCT_BYTES / 4; i++) u32[i] = 0;
    this.u32[this.word(pfn, 48)] = 0xffffffff;
  }

  /** Initializes the descriptor of a newly allocated page: one reference, not mapped, no type. */
  prepare(pfn: number, order: number, compound: boolean): void {
    for (let i = 0; i < 1 << order; i++) {
      this.clear(pfn + i);
      this.u32[this.word(pfn + i, 16)] = LIST_POISON2[0];
      this.u32[this.word(pfn + i, 20)] = LIST_POISON2[1];
    }
    this.u32[this.word(pfn, 52)] = 1;
    if (compound && order > 0) this.prepareCompound(pfn, order);
  }

  private prepareCompound(pfn: number, order: number): void {
    this.u32[this.word(pfn, 0)] |= this.headFlag;
    for (let i = 1; i < 1 << order; i++) {
      this.u32[this.word(pfn + i, 8)] = this.virtualLow(pfn) | 1;
      this.u32[this.word(pfn + i, 12)] = this.vmemmapHigh;
    }
    this.prepareFirstTail(pfn + 1, order);
  }

  private prepareFirstTail(pfn: number, order: number): void {
    const { layout } = this;
    this.u32[this.word(pfn, 16)] = 0;
    this.u32[this.word(pfn, 20)] = 0;
    for (const byte of layout.mapcounts) this.u32[this.word(pfn, byte)] = NOT_MAPPED;
    if (layout.destructor >= 0) this.u8[this.address(pfn) + layout.destructor] = COMPOUND_PAGE_DTOR;
    this.u8[this.address(pfn) + layout.order] = order;
    if (layout.pages >= 0) this.u32[this.word(pfn, layout.pages)] = 1 << order;
  }

  /** Stores the memory's tag in the flags (page_kasan_tag_set), inverted so that no tag is 0xff. */
  setTag(pfn: number, tag: number): void {
    const at = this.word(pfn, 4);
    this.wrote(pfn);
    this.u32[at] = (this.u32[at] & ~(0xff << TAG_SHIFT)) | ((tag ^ 0xff) << TAG_SHIFT);
  }

  /** The tag stored by {@link PageDescriptors.setTag}; 0xff if none. */
  tag(pfn: number): number {
    return ((this.u32[this.word(pfn, 4)] >>> TAG_SHIFT) & 0xff) ^ 0xff;
  }

  /** Whether the frame is the first of a compound page. */
  isHead(pfn: number): boolean {
    return (this.u32[this.word(pfn, 0)] & this.headFlag) !== 0;
  }

  /** The first frame of the compound page that contains the frame; the frame itself if there is none. */
  head(pfn: number): number {
    const low = this.u32[this.word(pfn, 8)];
    if ((low & 1) === 0 || this.u32[this.word(pfn, 12)] !== this.vmemmapHigh) return pfn;
    const head = (((low - 1 - this.vmemmapLow) >>> 0) / PAGE_STRUCT_BYTES) >>> 0;
    return head < this.frames ? head : pfn;
  }

  /** Order of a compound page, given its head; 0 for a single page. */
  order(pfn: number): number {
    return this.isHead(pfn) ? this.u8[this.address(pfn + 1) + this.layout.order] : 0;
  }

  /** The frame's type: one of the above, or that of another kind. */
  type(pfn: number): number {
    const word = this.u32[this.word(pfn, 48)];
    if (word === NOT_MAPPED) return (this.u32[this.word(pfn, 0)] & this.slabFlag) === 0 ? PGTY_NONE : PGTY_SLAB;
    if (word === this.buddyType) return PGTY_BUDDY;
    if (word === this.slabType) return PGTY_SLAB;
    return word === this.tableType ? PGTY_TABLE : word >>> 24;
  }

  /** Sets one of the above types. */
  setType(pfn: number, type: number): void {
    this.wrote(pfn);
    this.u32[this.word(pfn, 48)] = this.typeWord(type);
    const flags = this.word(pfn, 0);
    this.u32[flags] = type === PGTY_SLAB ? this.u32[flags] | this.slabFlag : this.u32[flags] & ~this.slabFlag;
  }

  private typeWord(type: number): number {
    if (type === PGTY_BUDDY) return this.buddyType;
    if (type === PGTY_SLAB) return this.slabType;
    return type === PGTY_TABLE ? this.tableType : NOT_MAPPED;
  }

  /** Reference count of the page. */
  references(pfn: number): number {
    return this.u32[this.word(pfn, 52)] | 0;
  }

  /** Sets the reference count. */
  setReferences(pfn: number, count: number): void {
    this.wrote(pfn);
    this.u32[this.word(pfn, 52)] = count;
  }

  /** `private`: the order of a free block. */
  private_(pfn: number): number {
    return this.u32[this.word(pfn, 40)];
  }

  /** Sets `private`; its upper half becomes 0. */
  setPrivate(pfn: number, value: number): void {
    this.wrote(pfn);
    this.u32[this.word(pfn, 40)] = value;
    this.u32[this.word(pfn, 44)] = 0;
  }

  /** The next frame on the frame's list; 0 ends a list (frame 0 is never on one). */
  next(pfn: number): number {
    return this.link(pfn, 8);
  }

  /** The previous frame on the list; 0 if the frame is the first. */
  previous(pfn: number): number {
    return this.link(pfn, 16);
  }

  private link(pfn: number, byte: number): number {
    const low = this.u32[this.word(pfn, byte)];
    if (this.u32[this.word(pfn, byte + 4)] !== this.vmemmapHigh) return 0;
    const other = ((low - this.vmemmapLow) >>> 0) / PAGE_STRUCT_BYTES;
    return Number.isInteger(other) && other < this.frames ? other : 0;
  }

  /** Sets the next frame; 0: none. */
  setNext(pfn: number, other: number): void {
    this.setLink(pfn, 8, other);
  }

  /** Sets the previous frame; 0: none. */
  setPrevious(pfn: number, other: number): void {
    this.setLink(pfn, 16, other);
  }

  private setLink(pfn: number, byte: number, other: number): void {
    this.wrote(pfn);
    this.u32[this.word(pfn, byte)] = other === 0 ? 0 : this.virtualLow(other);
    this.u32[this.word(pfn, byte + 4)] = other === 0 ? 0 : this.vmemmapHigh;
  }

  /** Sets a slab's pointer to its cache, in halves. */
  setSlabCache(pfn: number, low: number, high: number): void {
    this.setField(pfn, this.layout.slabCache, low, high);
  }

  /** The lower half of that pointer. */
  slabCache(pfn: number): number {
    return this.low(pfn, this.layout.slabCache);
  }

  /** Sets the 64-bit word at a byte offset in the descriptor, in halves. */
  setField(pfn: number, byte: number, low: number, high: number): void {
    this.wrote(pfn);
    this.u32[this.word(pfn, byte)] = low;
    this.u32[this.word(pfn, byte + 4)] = high;
  }

  /** The lower half of the 64-bit word at a byte offset in the descriptor. */
  low(pfn: number, byte: number): number {
    return this.u32[this.word(pfn, byte)];
  }

  /** The 64-bit word at a byte offset in the descriptor, for printing. */
  field(pfn: number, byte: number): bigint {
    return (BigInt(this.u32[this.word(pfn, byte + 4)]) << 32n) | BigInt(this.u32[this.word(pfn, byte)]);
  }
}
