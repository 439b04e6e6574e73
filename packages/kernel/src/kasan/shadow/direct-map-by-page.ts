import type { PhysicalMemory } from "@kasan/mmu";
import { BLACK, SHOWS_ZERO } from "@kasan/shadow";
import { DirectShadow } from "./direct-map.ts";

/**
 * Shadow of the direct map that is allocated for parts of it only. Writes to the shadow of memory without its own have no effect;
 * the scheme's marks represent its state.
 */
export class DirectShadowByPage extends DirectShadow {
  private readonly shown: (group: number) => number;
  private readonly pageSize: number;

  /**
   * @param table - maps values to the values actually written
   * @param shown - returns the frame that a shadow page is mapped to: its own, or a shared one
   */
  constructor(ram: PhysicalMemory, table: Uint8Array, pageSize: number, shown: (group: number) => number) {
    super(ram, 0, table);
    this.pageSize = pageSize;
    this.shown = shown;
  }

  override byteAt(address: number): number {
    const at = address >>> this.shift;
    const frame = this.shown(Math.floor(at / this.pageSize));
    if (frame >= 0) return this.u8[frame * this.pageSize + (at % this.pageSize)];
    return frame === SHOWS_ZERO ? 0 : BLACK;
  }

  protected override write(index: number, granules: number, value: number): void {
    const { pageSize } = this;
    while (granules > 0) {
      const offset = index % pageSize;
      const run = Math.min(granules, pageSize - offset);
      const frame = this.shown((index - offset) / pageSize);
      if (frame >= 0) super.write(frame * pageSize + offset, run, value);
      index += run;
      granules -= run;
    }
  }
}
