import type { SpinLock } from "../smp/lock.ts";

/** Words of the buffer that {@link GracePeriods} takes. */
export const GRACE_PERIOD_WORDS = 4;

const Field = { done: 0, mask: 1, again: 2, wanted: 3 };

/** What grace periods ask of the scheduler that they belong to. */
export interface GracePeriodCpus {
  /** The number of CPUs. */
  readonly count: number;
  /** The CPU that this view is for. */
  readonly own: number;
  /** Whether a CPU is idle; under the scheduler's lock. */
  idle(cpu: number): boolean;
}

/**
 * Grace periods of RCU: one is over when each CPU has passed a point at which its task lets others run, or was idle
 * (Documentation/RCU/whatisRCU.rst). They are numbered; numbers wrap, so compare them by their difference.
 */
export class GracePeriods {
  private readonly words: Int32Array;
  private readonly lock: SpinLock;
  private readonly cpus: GracePeriodCpus;

  /**
   * @param words - {@link GRACE_PERIOD_WORDS} of the buffer, 0 at first
   * @param lock - the scheduler's
   */
  constructor(words: Int32Array, lock: SpinLock, cpus: GracePeriodCpus) {
    this.words = words;
    this.lock = lock;
    this.cpus = cpus;
  }

  /** A callback was queued: the number of the grace period that it must wait for. */
  start(): number {
    const { words } = this;
    this.lock.acquire();
    let after = words[Field.done] + 1;
    if (words[Field.mask] === 0) this.begin();
    else {
      words[Field.again] = 1;
      after++;
    }
    this.lock.release();
    return after;
  }

  private begin(): void {
    let mask = 0;
    for (let cpu = 0; cpu < this.cpus.count; cpu++) if (!this.cpus.idle(cpu)) mask |= 1 << cpu;
    // Somebody has asked for it, and so is not idle; but be it at the end of one that he had to wait for.
    this.words[Field.mask] = mask || 1 << this.cpus.own;
  }

  /** This CPU is idle, or its task lets others run. Under the scheduler's lock. */
  pass(): void {
    const { words } = this;
    const { own } = this.cpus;
    if (words[Field.mask] === 0) return;
    words[Field.mask] &= ~(1 << own);
    if (words[Field.mask] !== 0) return;
    words[Field.done]++;
    if (words[Field.again] === 0) return;
    words[Field.again] = 0;
    this.begin();
    if (this.cpus.idle(own)) this.pass();
  }

  /** This CPU's task lets others run. */
  quiescent(): void {
    if (this.words[Field.mask] === 0) return;
    this.lock.acquire();
    // Twice, so that on one CPU what was queued during a grace period need not wait for the next such point.
    this.pass();
    if (this.cpus.count === 1) this.pass();
    this.lock.release();
  }

  /** Grace periods that are over. */
  get done(): number {
    return this.words[Field.done];
  }

  /** The first grace period that the guest's callbacks wait for; 0: none waits. */
  set wanted(number: number) {
    Atomics.store(this.words, Field.wanted, number);
  }

  /** Whether the grace period that callbacks wait for is over. */
  get due(): boolean {
    const wanted = this.words[Field.wanted];
    return wanted !== 0 && ((this.words[Field.done] - wanted) | 0) >= 0;
  }
}
