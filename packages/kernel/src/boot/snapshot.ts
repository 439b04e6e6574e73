import { Access, type ArenaRegion, type PhysicalMemory, TlbKind, WriteLog } from "@kasan/mmu";
import { KernelError } from "../error.ts";
import type { Machine } from "./machine.ts";

/** Bytes of a page that a TLB's entry translates. */
const TLB_PAGE = 4096;
/** The most pages that are copied back for every input, so that stores to them hit the TLB. */
const MOST_WARM = 32;

/** Whether a page, from a word's index on, has zeros only. */
function isZero(words: Int32Array, first: number): boolean {
  for (let word = first; word < first + TLB_PAGE / 4; word++) if (words[word] !== 0) return false;
  return true;
}

/**
 * A machine's state at one time: a copy of it in the second half of its buffer. From then on the machine notes what it writes, and to set it back
 * takes the time to copy that, however much memory there is.
 */
export class Snapshot {
  private readonly machine: Machine;
  private readonly ram: PhysicalMemory;
  private readonly writes: WriteLog;
  private readonly silent: readonly ArenaRegion[];
  /** Buffer offsets of pages to which stores hit the TLB from the beginning. */
  private readonly warm = new Set<number>();
  private readonly copyBack: (offset: number, bytes: number) => void;

  /**
   * Takes a snapshot. No other CPU or task of the machine may run, then and when it is set back. There is one snapshot of a machine at a time.
   *
   * @throws {@link KernelError} `CONFIG` for a machine without room for it (`MachineOptions.snapshot`)
   */
  constructor(machine: Machine) {
    const { ram, stateBytes, tlbs } = machine;
    if (!machine.options.snapshot) {
      throw new KernelError("CONFIG", "no room for a snapshot; build the machine with the option `snapshot`");
    }
    this.machine = machine;
    this.ram = ram;
    this.silent = machine.unnoted;
    this.writes = new WriteLog(stateBytes);
    // The first store to each page then misses, and is noted.
    for (const tlb of tlbs.cpus) tlb.flushAll();
    machine.forget();
    this.copyBack = (offset, bytes) => ram.copy(offset, stateBytes + offset, bytes);
    this.copyAll();
    this.listen();
  }

  /** Copies all pages but those of zeros, which take no memory of the host's as long as nobody writes them. */
  private copyAll(): void {
    const { ram, machine } = this;
    for (let page = 0; page < machine.stateBytes; page += TLB_PAGE) {
      if (!isZero(ram.i32, page >>> 2)) ram.copy(machine.stateBytes + page, page, TLB_PAGE);
    }
  }

  /**
   * Sets the machine back, but keeps in the TLBs of its CPU what they have now, and makes that part of the snapshot: the next inputs most
   * often use the same pages. Nothing else changes but what the processor notes in page tables.
   */
  keepTlb(): void {
    const { machine, warm } = this;
    const pages: [kind: TlbKind, vpn: number, access: number][] = [];
    for (const kind of [TlbKind.DATA, TlbKind.SHADOW]) {
      machine.mmu.tlb.forEach(kind, (vpn, storable) => pages.push([kind, vpn, storable ? Access.WRITE : Access.READ]));
    }
    this.restore();
    for (const [kind, vpn, access] of pages) {
      if (access === Access.WRITE && warm.size >= MOST_WARM) continue;
      const page = machine.mmu.translate(vpn, access, kind);
      if (page >= 0 && access === Access.WRITE) warm.add(page);
    }
    this.keepChanges();
    this.listen();
  }

  /** Makes what changed since the machine was set back part of the snapshot. */
  private keepChanges(): void {
    const { machine, ram, writes } = this;
    const keep = (offset: number, bytes: number) => ram.copy(machine.stateBytes + offset, offset, bytes);
    ram.writes = undefined;
    writes.drain(keep);
    for (const { offset, bytes } of this.silent) keep(offset, bytes);
  }

  /** Sets the machine back. O(what was written). @returns the number of pieces of {@link WriteLog.PIECE} bytes that were */
  restore(): number {
    const { machine, ram, writes, copyBack } = this;
    const changed = writes.size;
    ram.writes = undefined;
    writes.drain(copyBack);
    for (const { offset, bytes } of this.silent) copyBack(offset, bytes);
    machine.forget();
    this.listen();
    return changed;
  }

  private listen(): void {
    const { machine } = this;
    this.ram.writes = this.writes;
    machine.tasks.notesCallStack(machine.cpu);
    for (const page of this.warm) this.writes.add(page, TLB_PAGE);
  }

  /** Whether the machine's state is that of the snapshot, byte for byte. Compares all of it. */
  get holds(): boolean {
    return this.difference === undefined;
  }

  /** Buffer offset of the first word that is not as in the snapshot; undefined if all are. Looks at all of it. */
  get difference(): number | undefined {
    const { i32 } = this.ram;
    const words = this.machine.stateBytes / 4;
    for (let word = 0; word < words; word++) if (i32[word] !== i32[words + word]) return 4 * word;
    return undefined;
  }
}
