import type { AddressSpace, PhysicalMemory } from "@kasan/mmu";
import type { FoundSymbol } from "../log/symbols.ts";
import type { Counters } from "../smp/counters.ts";

/** A global variable that the compiler gave a redzone. */
export interface GlobalVariable {
  /** Where its name in C lies, with its NUL. */
  readonly name: bigint;
  /** Its first byte. */
  readonly address: bigint;
  /** Bytes, redzone included, as a symbol table has it. */
  readonly size: number;
}

const MAX_GLOBALS = 4096;
/** Words of a record: address, address of the name, bytes. */
const WORDS = 3;
/** Bytes of the arena that {@link Globals} take. */
export const GLOBALS_BYTES = MAX_GLOBALS * WORDS * 8;
const NAME_MAX = 128;

/** What {@link Globals} use of a machine. */
export interface GlobalsMachine {
  /** RAM, and the arena. */
  readonly ram: PhysicalMemory;
  /** Hold how many there are. */
  readonly counters: Counters;
  /** The page tables. */
  readonly space: AddressSpace;
}

/** Globals that guests registered: for reports, which name them. Those beyond the first 4096 have no name there. */
export class Globals {
  private readonly machine: GlobalsMachine;
  private readonly u64: BigUint64Array;

  /** @param offset - buffer offset of {@link GLOBALS_BYTES} bytes */
  constructor(machine: GlobalsMachine, offset: number) {
    this.machine = machine;
    this.u64 = new BigUint64Array(machine.ram.u8.buffer, offset, MAX_GLOBALS * WORDS);
  }

  /** Remembers one. */
  add({ name, address, size }: GlobalVariable): void {
    const { counters } = this.machine;
    const index = counters.get("globals");
    if (index >= MAX_GLOBALS) return;
    this.u64.set([address, name, BigInt(size)], index * WORDS);
    counters.set("globals", index + 1);
  }

  /** The global, redzone included, at an address. O(globals). */
  find(address: bigint): FoundSymbol | undefined {
    const count = this.machine.counters.get("globals");
    for (let at = 0; at < count * WORDS; at += WORDS) {
      const start = this.u64[at];
      const size = this.u64[at + 2];
      if (address < start || address >= start + size) continue;
      return { name: this.nameAt(this.u64[at + 1]), offset: Number(address - start), size: Number(size) };
    }
    return undefined;
  }

  /** A name, as far as it can be read: a report must not fault. */
  private nameAt(address: bigint): string {
    const { space, ram } = this.machine;
    let name = "";
    for (let at = address; name.length < NAME_MAX; at++) {
      const pfn = space.lookup(Number(at >> 12n));
      const byte = pfn < 0 ? 0 : ram.u8[pfn * 4096 + Number(at & 0xfffn)];
      if (byte === 0) break;
      name += String.fromCharCode(byte);
    }
    return name;
  }
}
