import { type ArenaRegion, type PhysicalMemory, WriteLog } from "@kasan/mmu";
import { KernelError } from "../error.ts";
import type { Machine } from "./machine.ts";

/**
 * A machine's state at one time: a copy of it in the second half of its buffer. From then on the machine notes what it writes, and to set it back
 * takes the time to copy that, however much memory there is.
 */
export class Snapshot {
  private readonly machine: Machine;
  private readonly ram: PhysicalMemory;
  private readonly writes: WriteLog;
  private readonly silent: readonly ArenaRegion[];
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
    ram.writes = undefined;
    ram.copy(stateBytes, 0, stateBytes);
    this.copyBack = (offset, bytes) => ram.copy(offset, stateBytes + offset, bytes);
    this.listen();
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
