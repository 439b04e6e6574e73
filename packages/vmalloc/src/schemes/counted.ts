import type { MakeScheme, SchemeTraits, ShadowBackend, ShadowScheme } from "./scheme.ts";

/** What a scheme costs, or would have cost the kernel that made a trace. Pages of shadow. */
export interface SchemeCost {
  /** Most pages mapped at one time. */
  readonly shadowPagesPeak: number;
  /** Pages mapped at the end. */
  readonly shadowPagesAtEnd: number;
  /** Pages that came, over the whole time. */
  readonly shadowPagesAllocated: number;
  /** Pages that went. */
  readonly shadowPagesFreed: number;
  /** Flushes of the TLBs that freeing them took. */
  readonly flushes: number;
}

/** Pages of shadow have any numbers here. */
const SHADOW_OFFSET_VPN = 2 ** 44;

/** A scheme with a machine that only counts. */
export class CountedScheme {
  /** The scheme; tell it of areas. */
  readonly scheme: ShadowScheme;
  private readonly frames = new Map<number, number>();
  private readonly references = new Map<number, number>();
  private next = 1;
  private freed = 0;
  private flushes = 0;
  private peak = 0;

  /** @param scaleShift - log2 of the bytes that a shadow byte describes */
  constructor(make: MakeScheme, scaleShift: number) {
    const backend: ShadowBackend = {
      scaleShift,
      shadowOffsetVpn: SHADOW_OFFSET_VPN,
      allocatePage: () => {
        this.references.set(this.next, 1);
        return this.next++;
      },
      freePage: (pfn) => {
        this.references.delete(pfn);
        this.freed++;
      },
      references: (pfn) => this.references.get(pfn) ?? 0,
      setReferences: (pfn, count) => void this.references.set(pfn, count),
      lookup: (vpn) => this.frames.get(vpn) ?? -1,
      map: (vpn, pfn) => {
        this.frames.set(vpn, pfn);
        this.peak = Math.max(this.peak, this.frames.size);
        return true;
      },
      unmap: (vpn) => {
        const pfn = this.frames.get(vpn) ?? -1;
        this.frames.delete(vpn);
        return pfn;
      },
      flush: () => {
        this.flushes++;
      },
      fill: () => {},
    };
    this.scheme = make(backend);
  }

  /** Pages of shadow mapped now. */
  get mapped(): number {
    return this.frames.size;
  }

  /** What it came to so far. */
  get cost(): SchemeCost {
    return {
      shadowPagesPeak: this.peak,
      shadowPagesAtEnd: this.frames.size,
      shadowPagesAllocated: this.next - 1,
      shadowPagesFreed: this.freed,
      flushes: this.flushes,
    };
  }
}

/** What a scheme says of itself: made for a machine that only counts, and not used. */
export function traitsOf(make: MakeScheme): SchemeTraits {
  const { real, unused } = new CountedScheme(make, 3).scheme;
  return { real, unused };
}
