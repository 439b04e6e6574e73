import type { PhysicalMemory } from "@kasan/mmu";

const WORDS = 256;
/** Bytes of the arena that a {@link BootRecord} takes. */
export const BOOT_RECORD_BYTES = WORDS * 4;

/**
 * Records the results of boot in order, so that another thread can create its view of the booted machine by the same steps:
 * recorded numbers are read instead of computed, and steps that change the machine are skipped.
 */
export class BootRecord {
  private readonly words: Uint32Array;
  private next = 0;
  /** Whether this is the boot, not a later view. */
  readonly booting: boolean;

  /** @param offset - buffer offset of {@link BOOT_RECORD_BYTES} bytes */
  constructor(ram: PhysicalMemory, offset: number, booting: boolean) {
    this.words = new Uint32Array(ram.u8.buffer, offset, WORDS);
    this.booting = booting;
  }

  /** Returns a number, 0 … 2^32-1, computed by boot: an address, a frame. @throws RangeError if there are too many */
  number(make: () => number): number {
    if (this.next >= WORDS) throw new RangeError("the boot record is full; give it more words");
    const at = this.next++;
    if (this.booting) this.words[at] = make();
    return this.words[at];
  }

  /** Runs an action at boot only. */
  once(action: () => void): void {
    if (this.booting) action();
  }
}
