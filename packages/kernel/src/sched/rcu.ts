import type { SpinLock } from "../smp/lock.ts";

/** Words of the buffer that {@link GracePeriods} needs. */
export const GRACE_PERIOD_WORDS = 4;

const Field = { done: 0, mask: 1, again: 2, wanted: 3 };

/** Interface of the scheduler to its grace periods. */
export interface GracePeriodCpus {
  /** Number of CPUs. */
  readonly count: number;
  /** The CPU this view belongs to. */
  readonly own: number;
  /** Whether a CPU is idle. Called under the scheduler's lock. */
  idle(cpu: number): boolean;
}

/**
 * RCU grace periods. One ends when every CPU has passed a quiescent state, that is, its task has let others run, or the CPU was
 * idle (Documentation/RCU/whatisRCU.rst). Their numbers wrap around, so compare them by difference.
 */
export class GracePeriods {
  private readonly words: Int32Array;
  private readonly lock: SpinLock;
  private readonly cpus: GracePeriodCpus;

  /**
   * @param words - {@link GRACE_PERIOD_WORDS} words of the buffer, initially 0
   * @param lock - the scheduler's lock
   */
  constructor(words: Int32Array, lock: SpinLock, cpus: GracePeriodCpus) {
    this.words = words;
    this.lock = lock;
    this.cpus = cpus;
  }

  /** Called when a callback is queued. Returns the number of the grace period that it must wait for. */
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
    // The requesting CPU is normally not idle. At the end of a previous grace period it may be, so count the current CPU.
    this.words[Field.mask] = mask || 1 << this.cpus.own;
  }

  /** Called when this CPU is idle or its task lets others run, under the scheduler's lock. */
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

  /** Called when this CPU's task lets others run. */
  quiescent(): void {
    if (this.words[Field.mask] === 0) return;
    this.lock.acquire();
    // Twice, so that with one CPU, callbacks queued during a grace period need not wait for the next quiescent state.
    this.pass();
    if (this.cpus.count === 1) this.pass();
    this.lock.release();
  }

  /** Number of grace periods that are over. */
  get done(): number {
    return this.words[Field.done];
  }

  /** The first grace period that the guest's callbacks wait for; 0: none. */
  set wanted(number: number) {
    Atomics.store(this.words, Field.wanted, number);
  }

  /** Whether the grace period that callbacks wait for is over. */
  get due(): boolean {
    const wanted = this.words[Field.wanted];
    return wanted !== 0 && ((this.words[Field.done] - wanted) | 0) >= 0;
  }
}
