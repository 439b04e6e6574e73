import type { AddressSpace, PhysicalMemory } from "@kasan/mmu";
import type { FoundSymbol } from "../log/symbols.ts";
import type { Counters } from "../smp/counters.ts";

/** A global variable with a redzone from the compiler. */
export interface GlobalVariable {
  /** Address of its C name, NUL-terminated. */
  readonly name: bigint;
  /** Address of its first byte. */
  readonly address: bigint;
  /** Size in bytes including the redzone, as in a symbol table. */
  readonly size: number;
}

const MAX_GLOBALS = 4096;
/** Words per record: address, address of the name, bytes. */
const WORDS = 3;
/** Bytes of the arena that {@link Globals} take. */
export const GLOBALS_BYTES = MAX_GLOBALS * WORDS * 8;
const NAME_MAX = 128;

/** The parts of a machine that {@link Globals} use. */
export interface GlobalsMachine {
  /** RAM, and the arena. */
  readonly ram: PhysicalMemory;
  /** Hold the number of globals. */
  readonly counters: Counters;
  /** The page tables. */
  readonly space: AddressSpace;
}

/** Globals registered by guests, so that reports can name them. Those beyond the first 4096 remain unnamed. */
export class Globals {
  private readonly machine: GlobalsMachine;
  private readonly u64: BigUint64Array;

  /** @param offset - buffer offset of {@link GLOBALS_BYTES} bytes */
  constructor(machine: GlobalsMachine, offset: number) {
    this.machine = machine;
    this.u64 = new BigUint64Array(machine.ram.u8.buffer, offset, MAX_GLOBALS * WORDS);
  }

  /** Adds a global. */
  add({ name, address, size }: GlobalVariable): void {
    const { counters } = this.machine;
    const index = counters.get("globals");
    if (index >= MAX_GLOBALS) return;
    this.machine.ram.wrote(this.u64.byteOffset + 8 * index * WORDS, 8 * WORDS);
    this.u64.set([address, name, BigInt(size)], index * WORDS);
    counters.set("globals", index + 1);
  }

  /** The global whose range, redzone included, contains an address. O(globals). */
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

  /** A name, as far as it is readable: a report must not fault. */
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
