import type { PhysicalMemory } from "@kasan/mmu";

/** What a machine's time follows: its own steps, or the host's clock. */
export type ClockKind = "virtual" | "real";

/** The machine's clock, nanoseconds since boot. All CPUs see the same. */
export interface Clock {
  /** Nanoseconds since boot. */
  readonly now: number;
  /** What was done takes so many nanoseconds. A clock that follows real time knows better. */
  advance(nanoseconds: number): void;
  /** Lets so many nanoseconds pass (udelay). `onWait` is called now and then if that takes long, and may throw. */
  delay(nanoseconds: number, onWait: () => void): void;
  /** Moves the clock on to a time, if it is not past it. @returns false if it cannot be moved at will */
  skipTo(time: number): boolean;
  /** For how many milliseconds a thread may sleep until a time; Infinity where that does not bring the time nearer. */
  sleepUntil(time: number): number;
}

/** Bytes of the arena that the clock of a machine with so many CPUs needs. */
export const clockBytes = (cpus: number): number => cpus * CELL;
/** Each CPU counts in a cache line of its own. */
const CELL = 64;

/**
 * A clock that does not follow real time: every kernel call and every line of the log moves it on by a fixed step, so
 * that the same program gives the same log. Of several CPUs each adds its steps.
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

  /** Moves the clock on. */
  advance(nanoseconds: number): void {
    this.time[this.own] += nanoseconds;
  }

  /** Moves the clock on. */
  delay(nanoseconds: number): void {
    this.advance(nanoseconds);
  }

  /** Moves the clock on to a time, if it is not past it. @returns true */
  skipTo(time: number): boolean {
    this.advance(Math.max(0, time - this.now));
    return true;
  }

  /** Infinity: while all sleep, it stands still. */
  sleepUntil(): number {
    return Number.POSITIVE_INFINITY;
  }
}

/** Nanoseconds between two looks whether a delay is to be given up. */
const LOOK = 1e6;

/** Milliseconds of the host's monotonic clock, the same in all its threads. */
const hostTime: () => number =
  typeof process === "undefined"
    ? () => performance.timeOrigin + performance.now()
    : () => {
        const [seconds, nanoseconds] = process.hrtime();
        return seconds * 1e3 + nanoseconds / 1e6;
      };

/** A clock that follows the host's: what runs takes the time that it takes, and who sleeps sleeps. */
export class RealClock implements Clock {
  private readonly boot: number;

  /**
   * @param offset - buffer offset of {@link clockBytes} bytes, which hold when the machine booted
   * @param booting - it does so now
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

  /** Nothing: time passes by itself. */
  advance(): void {}

  /** Waits, busily, as udelay does. `onWait` is called every millisecond. */
  delay(nanoseconds: number, onWait: () => void): void {
    const end = this.now + nanoseconds;
    for (let look = this.now + LOOK; this.now < end; ) {
      if (this.now < look) continue;
      onWait();
      look = this.now + LOOK;
    }
  }

  /** Nothing. @returns false */
  skipTo(): boolean {
    return false;
  }

  /** Milliseconds from now until a time. */
  sleepUntil(time: number): number {
    return Math.max(0, (time - this.now) / 1e6);
  }
}
