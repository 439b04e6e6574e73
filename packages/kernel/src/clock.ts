import type { PhysicalMemory } from "@kasan/mmu";

/** Bytes of the arena that the clock needs. */
export const CLOCK_BYTES = 8;

/**
 * The machine's clock, nanoseconds since boot. It does not follow real time: every kernel call and every line of the
 * log moves it on by a fixed step, so that the same program gives the same log.
 */
export class Clock {
  private readonly time: Float64Array;

  constructor(memory: PhysicalMemory, offset: number) {
    this.time = new Float64Array(memory.u8.buffer, offset, 1);
  }

  /** Nanoseconds since boot. */
  get now(): number {
    return this.time[0];
  }

  /** Moves the clock on. */
  advance(nanoseconds: number): void {
    this.time[0] += nanoseconds;
  }
}
