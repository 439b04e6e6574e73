import type { MakeScheme, SchemeTraits, ShadowBackend, ShadowScheme } from "./scheme.ts";

/** Cost of a scheme, or what it would have cost the kernel that recorded a trace. In shadow pages. */
export interface SchemeCost {
  /** Peak number of mapped pages. */
  readonly shadowPagesPeak: number;
  /** Number of pages mapped at the end. */
  readonly shadowPagesAtEnd: number;
  /** Total number of pages allocated. */
  readonly shadowPagesAllocated: number;
  /** Total number of pages freed. */
  readonly shadowPagesFreed: number;
  /** Number of TLB flushes for freeing them. */
  readonly flushes: number;
}

/** Arbitrary page number for the start of shadow. */
const SHADOW_OFFSET_VPN = 2 ** 44;

/** A scheme on a machine that only counts. */
export class CountedScheme {
  /** The scheme; call it for each change of the areas. */
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

  /** Number of shadow pages mapped now. */
  get mapped(): number {
    return this.frames.size;
  }

  /** The cost so far. */
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

/** The properties of a scheme, read from an unused instance on a machine that only counts. */
export function traitsOf(make: MakeScheme): SchemeTraits {
  const { real, unused } = new CountedScheme(make, 3).scheme;
  return { real, unused };
}
