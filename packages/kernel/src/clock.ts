import type { PhysicalMemory } from "@kasan/mmu";

/** Bytes of the arena that the clock of a machine with so many CPUs needs. */
export const clockBytes = (cpus: number): number => cpus * CELL;
/** Each CPU counts in a cache line of its own. */
const CELL = 64;

/**
 * The machine's clock, nanoseconds since boot. It does not follow real time: every kernel call and every line of the
 * log moves it on by a fixed step, so that the same program gives the same log. Of several CPUs each adds its steps.
 */
export class Clock {
  private readonly time: Float64Array;

  private readonly own: number;

  /** @param offset - buffer offset of {@link clockBytes} bytes */
  constructor(memory: PhysicalMemory, offset: number, cpu = 0, cpus = 1) {
    this.time = new Float64Array(memory.u8.buffer, offset, (cpus * CELL) / 8);
    this.own = (cpu * CELL) / 8;
  }

  /** Nanoseconds since boot. */
  get now(): number {
    const { time } = this;
    let now = 0;
    for (let cell = 0; cell < time.length; cell += CELL / 8) now += time[cell];
    return now;
  }

  /** Moves the clock on. */
  advance(nanoseconds: number): void {
    this.time[this.own] += nanoseconds;
  }

  /** Moves the clock on to a time, if it is not past it. @returns whether the clock can be moved at will */
  skipTo(time: number): boolean {
    this.advance(Math.max(0, time - this.now));
    return true;
  }
}
