import type { PhysicalMemory } from "@kasan/mmu";
import { BLACK, SHOWS_ZERO } from "@kasan/shadow";
import { DirectShadow } from "./direct-map.ts";

/**
 * Shadow of the direct map of which only parts have pages of their own. Who writes the shadow of memory without writes
 * nothing: the scheme's marks stand for it.
 */
export class DirectShadowByPage extends DirectShadow {
  /** The frame that a page of shadow has of its own, or what it shows; set once boot has laid the shadow out. */
  shown: (group: number) => number = () => SHOWS_ZERO;
  private readonly pageSize: number;

  /** @param table - what is written in place of each value */
  constructor(ram: PhysicalMemory, table: Uint8Array, pageSize: number) {
    super(ram, 0, table);
    this.pageSize = pageSize;
  }

  override byteAt(address: number): number {
    const at = address >>> this.shift;
    const frame = this.shown(Math.floor(at / this.pageSize));
    if (frame >= 0) return this.u8[frame * this.pageSize + (at % this.pageSize)];
    return frame === SHOWS_ZERO ? 0 : BLACK;
  }

  override setByte(address: number, value: number): void {
    this.write(address >>> this.shift, 1, this.table[value]);
  }

  override poison(address: number, size: number, value: number): void {
    const bytes = Math.min(size, this.memoryBytes - address);
    if (bytes > 0) this.write(address >>> this.shift, bytes >>> this.shift, this.table[value]);
  }

  /** `at`: how many bytes of shadow lie before. */
  private write(at: number, count: number, value: number): void {
    const { pageSize } = this;
    while (count > 0) {
      const offset = at % pageSize;
      const run = Math.min(count, pageSize - offset);
      const frame = this.shown((at - offset) / pageSize);
      if (frame >= 0) this.fill(frame * pageSize + offset, run, value);
      at += run;
      count -= run;
    }
  }
}
