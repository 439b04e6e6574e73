import type { PhysicalMemory } from "@kasan/mmu";

/** The source of a machine's time: its own steps, or the host's clock. */
export type ClockKind = "virtual" | "real";

/** The machine's clock, in nanoseconds since boot, the same for all CPUs. */
export interface Clock {
  /** Nanoseconds since boot. */
  readonly now: number;
  /** Accounts for work that takes the given nanoseconds. A clock that follows real time ignores it. */
  advance(nanoseconds: number): void;
  /** Waits for the given nanoseconds (udelay). `onWait` is called occasionally during long waits and may throw. */
  delay(nanoseconds: number, onWait: () => void): void;
  /** Advances the clock to a time unless it is past it. @returns false if the clock cannot be set */
  skipTo(time: number): boolean;
  /** Milliseconds that a thread may sleep until a time; Infinity if sleeping does not make time pass. */
  sleepUntil(time: number): number;
}

/** Bytes of the arena that the clock needs for the given number of CPUs. */
export const clockBytes = (cpus: number): number => cpus * CELL;
/** Each CPU counts in its own cache line. */
const CELL = 64;

/**
 * A clock independent of real time: every kernel call and log line advances it by a fixed step, so that the same program gives the
 * same log. With several CPUs, each adds its steps.
 */
export class VirtualClock implements Clock {
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

  /** Advances the clock. */
  advance(nanoseconds: number): void {
    this.time[this.own] += nanoseconds;
  }

  /** Advances the clock. */
  delay(nanoseconds: number): void {
    this.advance(nanoseconds);
  }

  /** Advances the clock to a time unless it is past it. @returns true */
  skipTo(time: number): boolean {
    this.advance(Math.max(0, time - this.now));
    return true;
  }

  /** Infinity: the clock stands still while everything sleeps. */
  sleepUntil(): number {
    return Number.POSITIVE_INFINITY;
  }
}

/** Nanoseconds between calls of `onWait` during a delay. */
const LOOK = 1e6;

/** The host's monotonic clock in milliseconds, the same in all its threads. */
const hostTime: () => number =
  typeof process === "undefined"
    ? () => performance.timeOrigin + performance.now()
    : () => {
        const [seconds, nanoseconds] = process.hrtime();
        return seconds * 1e3 + nanoseconds / 1e6;
      };

/** A clock that follows the host's clock. */
export class RealClock implements Clock {
  private readonly boot: number;

  /**
   * @param offset - buffer offset of {@link clockBytes} bytes, which hold the boot time
   * @param booting - whether the machine is booting now
   */
  constructor(memory: PhysicalMemory, offset: number, booting: boolean) {
    const cell = new Float64Array(memory.u8.buffer, offset, 1);
    if (booting) cell[0] = hostTime();
    this.boot = cell[0];
  }

  /** Nanoseconds since boot. */
  get now(): number {
    return Math.round((hostTime() - this.boot) * 1e6);
  }

  /** Does nothing: time passes by itself. */
  advance(): void {}

  /** Busy-waits, as udelay does. `onWait` is called every millisecond. */
  delay(nanoseconds: number, onWait: () => void): void {
    const end = this.now + nanoseconds;
    for (let look = this.now + LOOK; this.now < end; ) {
      if (this.now < look) continue;
      onWait();
      look = this.now + LOOK;
    }
  }

  /** Does nothing. @returns false */
  skipTo(): boolean {
    return false;
  }

  /** Milliseconds from now until a time. */
  sleepUntil(time: number): number {
    return Math.max(0, (time - this.now) / 1e6);
  }
}
