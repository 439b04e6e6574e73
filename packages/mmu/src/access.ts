import { addressOf, offsetOf, resetTagOfVpn, vpnOf } from "@kasan/shadow";
import type { AddressSpace } from "./address-space.ts";
import { MEMORY_TYPE_SHIFT, MemoryType, PageFlags } from "./architecture.ts";
import { MmuError } from "./error.ts";
import { Access, Fault, type FaultReason } from "./fault.ts";
import type { PhysicalMemory } from "./memory.ts";
import { type CpuTlb, TlbKind } from "./tlb.ts";
import type { UniformPages } from "./uniform-pages.ts";
import { WalkResult } from "./walk.ts";
import { WalkCache } from "./walk-cache.ts";

/** Whether a processor compares the tags of pointers with those of memory (arm64 MTE: `SCTLR_EL1.TCF`). */
export interface TagChecks {
  /** Whether this CPU does so now. A change to true must be followed by a flush of its TLBs. */
  readonly active: boolean;
  /** Pages that have one tag, if it keeps them. */
  readonly uniform?: UniformPages | undefined;
}

/** Whether a page's flags make it Normal-Tagged: memory whose tags are compared. */
export const isTagged = (flags: number): boolean =>
  (flags & PageFlags.MEMORY_TYPE) === MemoryType.TAGGED << MEMORY_TYPE_SHIFT;

/**
 * A CPU's view of an address space: each access goes through the CPU's TLBs, and on a miss through the page tables.
 * Hot methods take a page number and an offset and report a failed access by -1 or `false`, with {@link fault} filled;
 * none makes garbage. All but {@link translate} access data, little-endian, as the kernel does.
 */
export class Mmu {
  /** The fault of the last failed access. */
  readonly fault = new Fault();
  /** The address space. */
  readonly space: AddressSpace;
  /** The TLBs. */
  readonly tlb: CpuTlb;
  private readonly memory: PhysicalMemory;
  private readonly found = new WalkResult();
  private readonly walks: WalkCache;
  private readonly tagChecks: TagChecks | undefined;

  /**
   * Accesses `space` through `tlb`.
   *
   * @param tagChecks On a processor with tagged memory. Then the top byte of a TLB entry's tag says whose accesses need no
   * comparison: of checked pages 0xff, of others, and of those that have the tag of the pointer that led to the fill throughout, that
   * pointer's top byte. This class translates; whoever accesses compares.
   */
  constructor(space: AddressSpace, tlb: CpuTlb, tagChecks?: TagChecks) {
    this.space = space;
    this.tlb = tlb;
    this.memory = space.memory;
    this.walks = new WalkCache(space);
    this.tagChecks = tagChecks;
  }

  /**
   * Finds the page to access. A miss walks, sets accessed and dirty bits, and fills the TLB; an instruction fetch or a
   * user access always walks and fills nothing, since the TLBs hold what kernel data accesses may use.
   *
   * @param offset Where in the page the access starts; only for {@link fault}.
   * @returns The buffer offset of page `vpn`; -1 if the access faults.
   * @throws {@link MmuError} `FLUSH_PENDING` on a miss, if a change of the address space has an unspent {@link Flush}.
   */
  translate(vpn: number, access: Access, kind: TlbKind = TlbKind.DATA, offset = 0): number {
    const pointer = vpn;
    const { ignoredTopBits } = this.space.architecture;
    if (ignoredTopBits !== 0) vpn = resetTagOfVpn(vpn);
    if (access <= Access.WRITE) {
      const page = this.tlb.lookup(kind, vpn, access === Access.WRITE, ignoredTopBits);
      if (page >= 0) return page;
    }
    return this.miss(vpn, access, kind, offset, pointer);
  }

  /** Forgets what it remembers of the tables, after the memory was set back to an earlier state. */
  forget(): void {
    this.walks.forget();
  }

  /**
   * For an access whose tag differs from the memory's, to a page whose tags are not compared: fills the TLB for pointers with that
   * top byte.
   *
   * @returns Whether that page is one; false, too, if the access faults.
   */
  admit(vpn: number, access: Access): boolean {
    if (this.miss(resetTagOfVpn(vpn), access, TlbKind.DATA, 0, vpn) < 0) return false;
    return this.isUnchecked();
  }

  /** Whether the tags of the page last found are not compared. */
  private isUnchecked(): boolean {
    return this.tagChecks !== undefined && !(this.tagChecks.active && isTagged(this.found.flags));
  }

  /** `pointer`: the page number with the pointer's top byte. */
  private miss(vpn: number, access: Access, kind: TlbKind, offset: number, pointer: number): number {
    this.space.pending.check();
    const found = this.found;
    const { architecture } = this.space;
    for (;;) {
      const { flushes } = this.tlb;
      if (!this.walks.walkFor(vpn, access, flushes, found)) return this.fail(found.reason!, vpn, access, offset);
      if (!(found.physical + 4096 <= this.memory.size)) return this.fail("bus", vpn, access, offset);
      const { writes } = this.memory;
      if (writes !== undefined && access & Access.WRITE) writes.add(found.physical, 4096);
      if (access > Access.WRITE) return found.physical;
      // The next store must come here again if it may not be made, has a dirty bit to set, or is to be noted.
      const storable =
        (writes === undefined || access === Access.WRITE) &&
        (architecture.withDirty(found.level, found.lo, found.hi) | 0) === found.lo &&
        architecture.check(found.flags, Access.WRITE) === undefined;
      const direct =
        this.isUnchecked() || (kind === TlbKind.DATA && this.tagChecks?.uniform?.enter(found.physical, pointer));
      this.tlb.fill(kind, direct ? pointer : vpn, found.physical, storable);
      if (this.tlb.flushes === flushes) return found.physical;
      // Another CPU has changed the tables meanwhile, and its flush may have come before the fill.
      this.tlb.drop(kind, vpn);
    }
  }

  private fail(reason: FaultReason, vpn: number, access: Access, offset: number): -1 {
    const { fault } = this;
    fault.reason = reason;
    fault.access = access;
    fault.vpn = vpn;
    fault.offset = offset;
    fault.level = this.found.level;
    fault.lo = this.found.lo;
    fault.hi = this.found.hi;
    return -1;
  }

  /** Reads a byte; -1 on a fault. */
  read8(vpn: number, offset: number): number {
    const page = this.translate(vpn, Access.READ, TlbKind.DATA, offset);
    return page < 0 ? -1 : this.memory.u8[page + offset]!;
  }

  /** Reads 16 bits, anywhere; -1 on a fault. */
  read16(vpn: number, offset: number): number {
    if (offset > 4094) return this.readBytes(vpn, offset, 2);
    const page = this.translate(vpn, Access.READ, TlbKind.DATA, offset);
    if (page < 0) return -1;
    const { u8 } = this.memory;
    return u8[page + offset]! | (u8[page + offset + 1]! << 8);
  }

  /** Reads 32 bits, anywhere, as 0 … 2^32-1; -1 on a fault. */
  read32(vpn: number, offset: number): number {
    if (offset & 3) return this.readBytes(vpn, offset, 4);
    const page = this.translate(vpn, Access.READ, TlbKind.DATA, offset);
    return page < 0 ? -1 : this.memory.u32[(page + offset) >>> 2]!;
  }

  /** Writes the low 8 bits of `value`; false on a fault. */
  write8(vpn: number, offset: number, value: number): boolean {
    const page = this.translate(vpn, Access.WRITE, TlbKind.DATA, offset);
    if (page < 0) return false;
    this.memory.u8[page + offset] = value;
    return true;
  }

  /** Writes the low 16 bits of `value`, anywhere; false, with nothing written, on a fault. */
  write16(vpn: number, offset: number, value: number): boolean {
    return this.writeBytes(vpn, offset, 2, value);
  }

  /** Writes the low 32 bits of `value`, anywhere; false, with nothing written, on a fault. */
  write32(vpn: number, offset: number, value: number): boolean {
    if (offset & 3) return this.writeBytes(vpn, offset, 4, value);
    const page = this.translate(vpn, Access.WRITE, TlbKind.DATA, offset);
    if (page < 0) return false;
    this.memory.i32[(page + offset) >>> 2] = value;
    return true;
  }

  /**
   * Copies `bytes` to page `vpn`, byte `offset` on, page by page.
   *
   * @returns How many bytes were copied: fewer than there are if a page faults.
   */
  copyIn(vpn: number, offset: number, bytes: Uint8Array): number {
    let done = 0;
    while (done < bytes.length) {
      const page = this.translate(vpn, Access.WRITE, TlbKind.DATA, offset);
      if (page < 0) break;
      const count = Math.min(bytes.length - done, 4096 - offset);
      this.memory.u8.set(bytes.subarray(done, done + count), page + offset);
      done += count;
      offset = 0;
      vpn = nextPage(vpn);
    }
    return done;
  }

  /** Fills `bytes` from page `vpn`, byte `offset` on; otherwise like {@link copyIn}. */
  copyOut(vpn: number, offset: number, bytes: Uint8Array): number {
    let done = 0;
    while (done < bytes.length) {
      const page = this.translate(vpn, Access.READ, TlbKind.DATA, offset);
      if (page < 0) break;
      const count = Math.min(bytes.length - done, 4096 - offset);
      bytes.set(this.memory.u8.subarray(page + offset, page + offset + count), done);
      done += count;
      offset = 0;
      vpn = nextPage(vpn);
    }
    return done;
  }

  /**
   * Reads `length` bytes at `address` (0 … 2^64-1).
   *
   * @throws {@link MmuError} `FAULT` if one of them cannot be read; {@link fault} tells more.
   */
  read(address: bigint, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    const done = this.copyOut(vpnOf(address), offsetOf(address), bytes);
    if (done < length) throw this.faultError();
    return bytes;
  }

  /**
   * Writes `bytes` at `address` (0 … 2^64-1).
   *
   * @throws {@link MmuError} `FAULT` if one of them cannot be written; those before it have been.
   */
  write(address: bigint, bytes: Uint8Array): void {
    const done = this.copyIn(vpnOf(address), offsetOf(address), bytes);
    if (done < bytes.length) throw this.faultError();
  }

  private faultError(): MmuError {
    return new MmuError("FAULT", `${this.fault}; map ${addressOf(this.fault.vpn, 0).toString(16)} to allow it`);
  }

  /** Reads `count` bytes one by one: unaligned, or across a page's end. */
  private readBytes(vpn: number, offset: number, count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      const byte = offset + i < 4096 ? this.read8(vpn, offset + i) : this.read8(nextPage(vpn), offset + i - 4096);
      if (byte < 0) return -1;
      value |= byte << (i * 8);
    }
    return value >>> 0;
  }

  /** Writes `count` bytes one by one, after making sure that all can be. */
  private writeBytes(vpn: number, offset: number, count: number, value: number): boolean {
    const first = this.translate(vpn, Access.WRITE, TlbKind.DATA, offset);
    if (first < 0) return false;
    const crosses = offset + count > 4096;
    const second = crosses ? this.translate(nextPage(vpn), Access.WRITE, TlbKind.DATA, 0) : -1;
    if (crosses && second < 0) return false;
    for (let i = 0; i < count; i++) {
      const at = offset + i < 4096 ? first + offset + i : second + offset + i - 4096;
      this.memory.u8[at] = value >>> (i * 8);
    }
    return true;
  }
}

/** The page after `vpn`; the last page is followed by the first. */
function nextPage(vpn: number): number {
  return vpn === 2 ** 52 - 1 ? 0 : vpn + 1;
}
