import type { PhysicalMemory } from "@kasan/mmu";

const WORDS = 256;
/** Bytes of the arena that a {@link BootRecord} takes. */
export const BOOT_RECORD_BYTES = WORDS * 4;

/**
 * What boot did, in the order in which it did it, so that another thread can take a view of a machine that has booted by the
 * same steps: numbers are read instead of made, and what changes the machine is left out.
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

  /** A number, 0 … 2^32-1, that boot makes: an address, a frame. @throws RangeError if there are too many */
  number(make: () => number): number {
    if (this.next >= WORDS) throw new RangeError("the boot record is full; give it more words");
    const at = this.next++;
    if (this.booting) this.words[at] = make();
    return this.words[at];
  }

  /** Something that only boot does. */
  once(action: () => void): void {
    if (this.booting) action();
  }
}
