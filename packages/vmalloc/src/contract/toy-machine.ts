import { PAGE_SIZE } from "@kasan/shadow";
import { holds } from "@kasan/shadow/contract";
import type { ShadowBackend, VmallocBackend } from "../index.ts";

/** A machine made of maps: mapped pages, contents of frames, and pages that a TLB may still hold. */
export class ToyMachine {
  /** Frames by page number. */
  readonly mapped = new Map<number, number>();
  /** Contents of frames in use. */
  readonly frames = new Map<number, Uint8Array>();
  /** Pages unmapped but not flushed since, with the frame that a TLB may still hold. */
  readonly stale = new Map<number, number>();
  /** Every flush, in order. */
  readonly flushes: { vpn: number; pages: number }[] = [];
  /** Maximum number of frames in use, and of page tables. */
  limit: number;
  /** Number of further calls of `map` that succeed. */
  mapsLeft = Number.POSITIVE_INFINITY;
  private readonly references = new Map<number, number>();
  private readonly freed: number[] = [];
  private next = 1;

  constructor(limit = Number.POSITIVE_INFINITY) {
    this.limit = limit;
  }

  private take(): number {
    if (this.frames.size >= this.limit) return -1;
    const pfn = this.freed.pop() ?? this.next++;
    // As from a page allocator: with arbitrary contents.
    this.frames.set(pfn, new Uint8Array(PAGE_SIZE).fill(0x5a));
    this.references.set(pfn, 1);
    return pfn;
  }

  private give(pfn: number): void {
    holds(this.frames.delete(pfn), `frame ${pfn} freed twice`);
    holds(![...this.mapped.values()].includes(pfn), `frame ${pfn} freed while mapped`);
    this.freed.push(pfn);
  }

  private map(vpn: number, pfn: number): boolean {
    holds(!this.mapped.has(vpn), `page ${vpn} mapped twice`);
    if (this.mapsLeft <= 0) return false;
    this.mapsLeft--;
    this.mapped.set(vpn, pfn);
    return true;
  }

  private unmap(vpn: number): number {
    const pfn = this.mapped.get(vpn);
    if (pfn === undefined) return -1;
    this.mapped.delete(vpn);
    this.stale.set(vpn, pfn);
    return pfn;
  }

  private flush(vpn: number, pages: number): void {
    this.flushes.push({ vpn, pages });
    for (const page of this.stale.keys()) if (page >= vpn && page < vpn + pages) this.stale.delete(page);
  }

  /** The backend for a scheme. A shadow frame must not be freed while a TLB may hold it. */
  readonly shadow: ShadowBackend = {
    scaleShift: 3,
    shadowOffsetVpn: 2 ** 40,
    allocatePage: () => this.take(),
    freePage: (pfn) => {
      // Memory pages are freed before their flush, as in the kernel, so a frame may have been one of them before.
      const stale = [...this.stale].filter(([vpn]) => vpn >= this.shadow.shadowOffsetVpn).map(([, frame]) => frame);
      holds(!stale.includes(pfn), `shadow frame ${pfn} freed before the flush`);
      this.give(pfn);
    },
    references: (pfn) => this.references.get(pfn) ?? 0,
    setReferences: (pfn, count) => void this.references.set(pfn, count),
    lookup: (vpn) => this.mapped.get(vpn) ?? -1,
    map: (vpn, pfn) => this.map(vpn, pfn),
    unmap: (vpn) => this.unmap(vpn),
    flush: (vpn, pages) => this.flush(vpn, pages),
    fill: (pfn, from, to, value) => void this.frames.get(pfn)!.fill(value, from, to),
  };

  /** The backend for vmalloc. */
  readonly backend: VmallocBackend = {
    allocatePage: () => this.take(),
    freePage: (pfn) => this.give(pfn),
    map: (vpn, pfn) => this.map(vpn, pfn),
    unmap: (vpn) => this.unmap(vpn),
    flush: (vpn, pages) => this.flush(vpn, pages),
  };

  /** The shadow byte of the byte at `offset` from the start of page `vpn`; -1 if it is not mapped. */
  shadowByte(vpn: number, offset: number): number {
    const byte = vpn * (PAGE_SIZE / 8) + Math.floor(offset / 8);
    const pfn = this.mapped.get(this.shadow.shadowOffsetVpn + Math.floor(byte / PAGE_SIZE));
    return pfn === undefined ? -1 : this.frames.get(pfn)![byte % PAGE_SIZE];
  }

  /** Number of consecutive accessible bytes from page `vpn` on, up to `limit`. */
  accessible(vpn: number, limit: number): number {
    for (let offset = 0; offset < limit; offset += 8) {
      const byte = this.shadowByte(vpn, offset);
      if (byte !== 0) return byte > 0 && byte < 8 ? offset + byte : offset;
    }
    return limit;
  }
}
