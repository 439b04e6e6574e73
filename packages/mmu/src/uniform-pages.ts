import { tagOfVpn } from "@kasan/shadow";
import type { AllocationTags } from "./allocation-tags.ts";
import type { Arena, PhysicalMemory } from "./memory.ts";
import { type CpuTlb, TlbKind } from "./tlb.ts";

/** The tag that matches all memory. */
const MATCH_ALL = 0xf;

/**
 * Pages of RAM whose memory has one tag throughout: of these the TLB may say that pointers with that tag need no comparison.
 * As soon as such a page's tags change, its entry is dropped. For a machine with one CPU: nobody else reads these pages meanwhile.
 *
 * A view on {@link UniformPages.bytes} bytes of the arena: of each page the page number, with a tag, that it was entered under, or 0.
 */
export class UniformPages {
  private readonly tags: AllocationTags;
  private readonly tlb: CpuTlb;
  private readonly entered: Float64Array;
  private readonly memory: PhysicalMemory;
  private readonly base: number;

  /** A view on bytes at buffer offset `base`, aligned to 8 and zeroed. `tags` must say what changes ({@link UniformPages.changed}). */
  constructor(memory: PhysicalMemory, base: number, tags: AllocationTags, tlb: CpuTlb) {
    this.memory = memory;
    this.base = base;
    this.tags = tags;
    this.tlb = tlb;
    this.entered = new Float64Array(memory.u8.buffer, base, memory.size / 4096);
  }

  /** Bytes of the arena that it takes for so many bytes of RAM. */
  static bytes(ram: number): number {
    return ram / 512;
  }

  /** Reserves what {@link UniformPages.bytes} says. */
  static reserve(memory: PhysicalMemory, arena: Arena, tags: AllocationTags, tlb: CpuTlb): UniformPages {
    return new UniformPages(
      memory,
      arena.reserve(UniformPages.bytes(memory.size), { align: 8, noted: true }),
      tags,
      tlb,
    );
  }

  /**
   * Whether the TLB may be filled for a pointer's page number, which includes its tag: all memory of the page has that tag. An entry
   * for the same page under another number is dropped, so that there is one to drop when tags change.
   *
   * @param physicalPage - buffer offset of the page
   */
  enter(physicalPage: number, vpn: number): boolean {
    const tag = tagOfVpn(vpn) & 0xf;
    if (tag === MATCH_ALL || this.tags.firstMismatch(physicalPage, 4096, tag) >= 0) return false;
    const index = physicalPage >>> 12;
    const before = this.entered[index]!;
    if (before !== 0 && before !== vpn) this.tlb.drop(TlbKind.DATA, before);
    this.set(index, vpn);
    return true;
  }

  /** The tags of `bytes` bytes from a physical address have changed. Both lie within RAM. */
  changed(address: number, bytes: number): void {
    const entered = this.entered;
    const last = (address + bytes - 1) >>> 12;
    for (let index = address >>> 12; index <= last; index++) {
      const vpn = entered[index]!;
      if (vpn === 0) continue;
      this.tlb.drop(TlbKind.DATA, vpn);
      this.set(index, 0);
    }
  }

  private set(index: number, vpn: number): void {
    this.memory.wrote(this.base + 8 * index, 8);
    this.entered[index] = vpn;
  }
}
