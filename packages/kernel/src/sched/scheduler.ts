import type { PhysicalMemory } from "@kasan/mmu";
import type { Clock } from "../smp/clock.ts";
import type { Cpu } from "../smp/cpu.ts";
import type { SpinLock } from "../smp/lock.ts";
import { GRACE_PERIOD_WORDS, GracePeriods } from "./rcu.ts";
import { MAX_TASKS, type Tasks } from "./tasks.ts";

/** State of a task, stored in the arena. A task's thread waits for `RUNNING`. */
export const TaskState = {
  /** Created, not yet woken for the first time. */
  NEW: 0,
  /** Waits for its CPU. */
  RUNNABLE: 1,
  /** Has its CPU. */
  RUNNING: 2,
  /** Waits to be woken, or for a timeout. */
  PARKED: 3,
} as const;

/** Why a waiting task continues. */
export const Wake = {
  /** It was woken. */
  WOKEN: 0,
  /** Its timeout expired. */
  TIME: 1,
  /** Nothing is left that could wake it: every task waits, and no timer is set. */
  DEADLOCK: 2,
} as const;

const TASK_WORDS = 16;
const Field = {
  state: 0,
  cpu: 1,
  addressLow: 2,
  addressHigh: 3,
  wake: 4,
  order: 5,
  permit: 6,
  daemon: 7,
  deadline: 8,
  silenced: 10,
};
/** Words per CPU: the task that has it (index + 1), a bell that wakes it when idle, whether it is idle, whether it has a thread. */
const CPU_WORDS = 16;
const CpuField = { current: 0, bell: 1, idle: 2, attended: 3 };
/** Global words: the order in which tasks became runnable, why the machine stopped, the next timer, RCU grace periods. */
const GLOBAL_WORDS = 16;
const Global = {
  order: 0,
  halted: 1,
  timer: 2,
  gracePeriods: 4,
  nextCpu: 8,
  pause: 9,
};

/** Bytes of the arena that the scheduler needs for the given number of CPUs. */
export const scheduleBytes = (cpus: number): number => 4 * (GLOBAL_WORDS + cpus * CPU_WORDS + MAX_TASKS * TASK_WORDS);

/** Longest sleep of an idle CPU's thread before it checks again, in ms. */
const IDLE_SLEEP = 2;
/** Occasional sleep of a spinning thread, in ms. */
const PAUSE = 0.02;
/** Duration of cpu_relax() and cond_resched() in nanoseconds. */
const RELAX_STEP = 1000;
/** How long a task that calls cond_resched() has the CPU, in nanoseconds: a tick at 250 Hz. */
const SLICE = 4e6;
const NEVER = Number.POSITIVE_INFINITY;

/** Provides host threads for tasks. */
export interface TaskThreads {
  /** Starts or finds a thread for a task that is runnable for the first time. Arguments: its record, its CPU. */
  start(index: number, cpu: number): void;
  /** Called occasionally while a thread waits. */
  idle(): void;
  /** What to throw if the running task waits while this one should run but has no thread. Undefined: it has one. */
  refuse?(index: number): Error | undefined;
}

/** A host that runs only the first task. */
export const NO_TASK_THREADS: TaskThreads = { start() {}, idle() {} };

/** The parts of a machine that {@link Scheduler} uses. */
export interface SchedulerParts {
  /** Number of CPUs. */
  readonly cpus: number;
  /** The CPU this view belongs to. */
  readonly cpu: Cpu;
  /** The machine's clock. */
  readonly clock: Clock;
  /** Protects tasks and what they wait for. */
  readonly locks: { readonly schedule: SpinLock };
  /** The kernel log, flushed so that an unfinished line is not left to another task. */
  readonly printk: { flush(): void };
  /** Stops the kernel. */
  readonly oops: { panic(message: string): never };
  /** Guest code, for its softirqs. */
  readonly guest: { named(name: string): unknown };
  /** Host threads. */
  readonly threads: TaskThreads;
  /** Called when the CPU switches to another task. */
  onSwitch(): void;
  /** Ends a wait because the machine has stopped. */
  unwind(): never;
  /** Called while a task waits: ends the guest if its time is up. */
  checkTime(): void;
}

/**
 * Decides which task runs on which CPU, and when. Each task, except those of softirqs, has its own host thread, because WebAssembly
 * cannot switch stacks; the thread waits while the task has no CPU. A task stays on its initial CPU, because the CPU's state is
 * compiled into the code that the thread runs. Tasks give up the CPU only by waiting or yielding (PREEMPT_NONE), and the task that
 * has been runnable longest goes first: with one CPU the order is the same in every run.
 *
 * A task waits on an address. Whoever changes the value there wakes all tasks waiting on it, and they check again. `prepare` comes
 * before the check, so that a wake-up between the check and `park` is not lost.
 *
 * When every CPU is idle, the clock jumps to the next timer or timeout; a clock that follows real time is waited for.
 */
export class Scheduler {
  private readonly parts: SchedulerParts;
  private readonly words: Int32Array;
  private readonly times: Float64Array;
  private readonly tasks: Tasks;
  private readonly own: number;
  /** RCU grace periods. They end when tasks wait, yield or may sleep, and when CPUs are idle. */
  readonly gracePeriods: GracePeriods;
  private inSoftirq = false;
  /** When the task of this thread is to let others run, if it asks. */
  private sliceEnd = 0;

  /** @param offset - buffer offset of {@link scheduleBytes} bytes, a multiple of 8 */
  constructor(ram: PhysicalMemory, offset: number, parts: SchedulerParts, tasks: Tasks) {
    this.parts = parts;
    this.tasks = tasks;
    this.words = new Int32Array(ram.u8.buffer, offset, scheduleBytes(parts.cpus) / 4);
    this.times = new Float64Array(ram.u8.buffer, offset, scheduleBytes(parts.cpus) / 8);
    this.own = parts.cpu.id;
    const words = this.words.subarray(Global.gracePeriods, Global.gracePeriods + GRACE_PERIOD_WORDS);
    this.gracePeriods = new GracePeriods(words, parts.locks.schedule, {
      count: parts.cpus,
      own: this.own,
      idle: (cpu) => this.words[this.cpuWord(cpu, CpuField.idle)] !== 0,
    });
  }

  private task(index: number): number {
    return GLOBAL_WORDS + this.parts.cpus * CPU_WORDS + index * TASK_WORDS;
  }

  private cpuWord(cpu: number, field: number): number {
    return GLOBAL_WORDS + cpu * CPU_WORDS + field;
  }

  /** The record of the task that has this CPU; -1 if none has. */
  private get current(): number {
    return this.words[this.cpuWord(this.own, CpuField.current)] - 1;
  }

  /** The CPU for a new task: round-robin, starting from this one. */
  nextCpu(): number {
    const turn = Atomics.add(this.words, Global.nextCpu, 1);
    return turn % this.parts.cpus;
  }

  /** Adds a new task for a CPU. */
  add(index: number, cpu: number): void {
    const at = this.task(index);
    this.words.fill(0, at, at + TASK_WORDS);
    this.words[at + Field.cpu] = cpu;
    this.times[(at + Field.deadline) >>> 1] = NEVER;
  }

  /** Moves a task that was never woken to another CPU. */
  bind(index: number, cpu: number): void {
    this.words[this.task(index) + Field.cpu] = cpu;
  }

  /** Starts the first task, which has its CPU from the beginning. */
  begin(index: number): void {
    this.add(index, this.own);
    this.words[this.task(index) + Field.state] = TaskState.RUNNING;
    this.words[this.cpuWord(this.own, CpuField.current)] = index + 1;
    this.words[this.cpuWord(this.own, CpuField.attended)] = 1;
    for (let cpu = 0; cpu < this.parts.cpus; cpu++) {
      if (cpu !== this.own) this.words[this.cpuWord(cpu, CpuField.idle)] = 1;
    }
  }

  private lock(): void {
    this.parts.locks.schedule.acquire();
  }

  private unlock(): void {
    this.parts.locks.schedule.release();
  }

  /** Forgets that a softirq, or a task, was running. */
  forget(): void {
    this.inSoftirq = false;
    this.sliceEnd = 0;
  }

  /** Stops all CPUs: every thread ends when it waits or checks. */
  halt(): void {
    Atomics.store(this.words, Global.halted, 1);
    for (let index = 0; index < MAX_TASKS; index++) Atomics.notify(this.words, this.task(index) + Field.state);
    for (let cpu = 0; cpu < this.parts.cpus; cpu++) this.ring(cpu);
  }

  /** Whether the machine has stopped. */
  get halted(): boolean {
    return Atomics.load(this.words, Global.halted) !== 0;
  }

  private ring(cpu: number): void {
    const bell = this.cpuWord(cpu, CpuField.bell);
    Atomics.add(this.words, bell, 1);
    Atomics.notify(this.words, bell);
  }

  /** Makes a task runnable. Called under the lock. */
  private makeRunnable(index: number, wake: number): void {
    const at = this.task(index);
    const { words } = this;
    const fresh = words[at + Field.state] === TaskState.NEW;
    words[at + Field.wake] = wake;
    words[at + Field.order] = ++words[Global.order];
    words[at + Field.addressLow] = 0;
    words[at + Field.addressHigh] = 0;
    this.times[(at + Field.deadline) >>> 1] = NEVER;
    Atomics.store(words, at + Field.state, TaskState.RUNNABLE);
    const cpu = words[at + Field.cpu];
    if (words[this.cpuWord(cpu, CpuField.attended)] === 0) {
      // The first task of this CPU: there is no thread yet that could pass the CPU on.
      words[this.cpuWord(cpu, CpuField.attended)] = 1;
      this.give(cpu, index);
    } else if (words[this.cpuWord(cpu, CpuField.idle)] !== 0) this.ring(cpu);
    if (fresh) this.parts.threads.start(index, cpu);
  }

  /** Gives a CPU to a task. Called under the lock. */
  private give(cpu: number, index: number): void {
    const { words } = this;
    words[this.cpuWord(cpu, CpuField.idle)] = 0;
    words[this.cpuWord(cpu, CpuField.current)] = index + 1;
    Atomics.store(words, this.task(index) + Field.state, TaskState.RUNNING);
    Atomics.notify(words, this.task(index) + Field.state);
  }

  /** Starts a task if it has not started. */
  start(index: number): void {
    this.lock();
    if (this.words[this.task(index) + Field.state] === TaskState.NEW) this.makeRunnable(index, Wake.WOKEN);
    this.unlock();
  }

  /** The running task is about to check the condition it waits for. `daemon`: it may wait forever, for work. */
  prepare(low: number, high: number, daemon = false): void {
    const at = this.task(this.waiter());
    this.lock();
    this.words[at + Field.addressLow] = low | 0;
    this.words[at + Field.addressHigh] = high | 0;
    this.words[at + Field.permit] = 0;
    this.words[at + Field.daemon] = Number(daemon);
    this.unlock();
  }

  /** The condition was true; the task does not wait. */
  cancel(): void {
    this.prepare(0, 0);
  }

  /** Wakes all tasks that wait, or prepare to wait, on an address. */
  unpark(low: number, high: number): void {
    this.lock();
    for (let index = 0; index < MAX_TASKS; index++) {
      const at = this.task(index);
      if (this.words[at + Field.addressLow] !== (low | 0) || this.words[at + Field.addressHigh] !== (high | 0))
        continue;
      this.words[at + Field.permit] = 1;
      if (this.words[at + Field.state] === TaskState.PARKED) this.makeRunnable(index, Wake.WOKEN);
    }
    this.unlock();
  }

  /**
   * Lets other tasks run until this task is woken or the machine's clock reaches `deadline` (ns; Infinity: never).
   *
   * @returns a {@link Wake}
   */
  park(deadline: number): number {
    const index = this.waiter();
    this.parts.onSwitch();
    this.gracePeriods.quiescent();
    this.softirqs();
    const at = this.task(index);
    this.lock();
    if (this.words[at + Field.permit] !== 0) {
      this.words[at + Field.permit] = 0;
      this.words[at + Field.addressLow] = 0;
      this.words[at + Field.addressHigh] = 0;
      this.unlock();
      return Wake.WOKEN;
    }
    this.refuse();
    this.times[(at + Field.deadline) >>> 1] = deadline;
    Atomics.store(this.words, at + Field.state, TaskState.PARKED);
    this.giveUp(index);
    return this.words[at + Field.wake];
  }

  /** Refuses to wait where another task should run and cannot. Called under the lock, which it releases if it throws. */
  private refuse(): void {
    const { threads } = this.parts;
    if (!threads.refuse) return;
    for (let index = 0; index < MAX_TASKS; index++) {
      const why = this.isRunnable(index) ? threads.refuse(index) : undefined;
      if (!why) continue;
      this.unlock();
      throw why;
    }
  }

  /** Lets other runnable tasks run, then continues. */
  yield(): void {
    const index = this.waiter();
    this.parts.onSwitch();
    this.gracePeriods.quiescent();
    this.softirqs();
    this.lock();
    this.wakeOnTime();
    if (this.runnable() < 0) {
      this.unlock();
      this.checkHalt();
      return;
    }
    const at = this.task(index);
    this.words[at + Field.order] = ++this.words[Global.order];
    Atomics.store(this.words, at + Field.state, TaskState.RUNNABLE);
    this.giveUp(index);
  }

  /** Called while a guest spins on a value that another CPU will change: lets that CPU run, if the host has too few processors. */
  pause(): void {
    if (this.parts.cpus > 1) Atomics.wait(this.words, Global.pause, 0, PAUSE);
    this.checkHalt();
  }

  /** cpu_relax(): lets other tasks of this CPU run, or other CPUs. Time passes. */
  relax(): void {
    this.parts.clock.advance(RELAX_STEP);
    if (this.inSoftirq || this.current < 0) this.pause();
    else {
      this.yield();
      this.pause();
    }
  }

  /** cond_resched(): time passes. @returns whether the task has had the CPU long enough to let others run, which it did */
  reschedule(): boolean {
    const { clock } = this.parts;
    clock.advance(RELAX_STEP);
    if (this.inSoftirq || this.current < 0 || clock.now < this.sliceEnd) return false;
    this.yield();
    this.sliceEnd = clock.now + SLICE;
    return true;
  }

  /**
   * Counts the running task's kasan_disable_current() calls, each of which a kasan_enable_current() ends.
   *
   * @param by - 1 or -1
   */
  silence(by: number): void {
    if (this.current >= 0) this.words[this.task(this.current) + Field.silenced] += by;
  }
  /** Whether bad accesses of the running task are not reported. */
  get silenced(): boolean {
    return this.current >= 0 && this.words[this.task(this.current) + Field.silenced] !== 0;
  }

  /** Called by functions that may sleep but do not have to: runs work that waits for such a point. */
  mightSleep(): void {
    if (this.inSoftirq || this.current < 0) return;
    this.gracePeriods.quiescent();
    this.softirqs();
  }

  /** The task that asks to wait. Softirqs, which run on top of other tasks, and the idle task must not wait. */
  private waiter(): number {
    if (!this.inSoftirq && this.current >= 0) return this.current;
    const { pid, comm } = this.tasks.current(this.parts.cpu);
    return this.parts.oops.panic(`BUG: scheduling while atomic: ${comm}/${pid}/0x00000100`);
  }

  /**
   * Saves the running task's context, passes the CPU on, and waits until the task has it again. Called under the lock, which it
   * releases.
   */
  private giveUp(index: number): void {
    const { cpu, printk } = this.parts;
    printk.flush();
    this.tasks.save(cpu, index);
    this.pass();
    this.waitFor(index);
    this.tasks.load(cpu, index);
  }

  /** Ends a task and passes its CPU on. The thread must not run guest code until it has a task again. */
  exit(index: number): void {
    const { cpu, printk } = this.parts;
    this.parts.onSwitch();
    printk.flush();
    this.gracePeriods.quiescent();
    this.tasks.leave(cpu);
    this.lock();
    this.words[this.cpuWord(this.own, CpuField.current)] = 0;
    this.unlock();
    this.tasks.remove(index);
    this.lock();
    this.pass();
  }

  /**
   * Passes the CPU to the next task; while there is none, this thread is the CPU's idle task. Called under the lock, which it
   * releases.
   */
  private pass(): void {
    const { words, own } = this;
    const idleWord = this.cpuWord(own, CpuField.idle);
    for (;;) {
      if (this.halted) break;
      this.wakeOnTime();
      const next = this.runnable();
      if (next >= 0) {
        this.give(own, next);
        break;
      }
      if (this.softirqDue()) {
        words[idleWord] = 0;
        this.unlock();
        this.softirqs();
        this.lock();
        continue;
      }
      words[idleWord] = 1;
      this.gracePeriods.pass();
      if (this.softirqDue()) continue;
      const deadline = this.nextDeadline();
      if (this.allIdle() && this.jump(deadline)) continue;
      const bell = words[this.cpuWord(own, CpuField.bell)];
      this.unlock();
      const sleep = Math.min(IDLE_SLEEP, this.parts.clock.sleepUntil(deadline));
      Atomics.wait(words, this.cpuWord(own, CpuField.bell), bell, sleep);
      this.parts.threads.idle();
      this.parts.checkTime();
      this.lock();
    }
    this.unlock();
  }

  /** Waits until a task has its CPU. */
  waitFor(index: number): void {
    const state = this.task(index) + Field.state;
    for (;;) {
      const now = Atomics.load(this.words, state);
      if (this.halted) return this.parts.unwind();
      if (now === TaskState.RUNNING) return;
      this.parts.checkTime();
      Atomics.wait(this.words, state, now, 20);
      this.parts.threads.idle();
    }
  }

  private checkHalt(): void {
    if (this.halted) this.parts.unwind();
  }

  /** The task of this CPU that has been runnable longest; -1 if there is none. */
  private runnable(): number {
    const { words } = this;
    const { threads } = this.parts;
    let first = -1;
    for (let index = 0; index < MAX_TASKS; index++) {
      if (!this.isRunnable(index) || threads.refuse?.(index)) continue;
      const at = this.task(index);
      if (first < 0 || words[at + Field.order] < words[this.task(first) + Field.order]) first = index;
    }
    return first;
  }

  private isRunnable(index: number): boolean {
    const at = this.task(index);
    return this.words[at + Field.state] === TaskState.RUNNABLE && this.words[at + Field.cpu] === this.own;
  }

  private allIdle(): boolean {
    for (let cpu = 0; cpu < this.parts.cpus; cpu++) {
      if (this.words[this.cpuWord(cpu, CpuField.idle)] === 0) return false;
    }
    // A CPU whose bell was rung is about to run a task.
    for (let index = 0; index < MAX_TASKS; index++) {
      if (this.words[this.task(index) + Field.state] === TaskState.RUNNABLE) return false;
    }
    return true;
  }

  /** Wakes tasks whose timeout has expired. */
  private wakeOnTime(): void {
    const { now } = this.parts.clock;
    for (let index = 0; index < MAX_TASKS; index++) {
      const at = this.task(index);
      if (this.words[at + Field.state] !== TaskState.PARKED || this.times[(at + Field.deadline) >>> 1] > now) continue;
      this.makeRunnable(index, Wake.TIME);
    }
  }

  /** The earliest timeout or timer. */
  private nextDeadline(): number {
    let next = this.timer === 0 ? NEVER : this.timer;
    for (let index = 0; index < MAX_TASKS; index++) {
      const at = this.task(index);
      if (this.words[at + Field.state] === TaskState.PARKED) {
        next = Math.min(next, this.times[(at + Field.deadline) >>> 1]);
      }
    }
    return next;
  }

  /** Every CPU is idle: advances the clock to the next event. @returns false if the event must be waited for */
  private jump(next: number): boolean {
    return next === NEVER ? this.breakDeadlock() : this.parts.clock.skipTo(next);
  }

  /**
   * Wakes a task that waits forever and is not a daemon, to tell it so: the first task, on which everything else depends, if
   * possible.
   */
  private breakDeadlock(): boolean {
    for (let index = 0; index < MAX_TASKS; index++) {
      const at = this.task(index);
      if (this.words[at + Field.state] !== TaskState.PARKED || this.words[at + Field.daemon] !== 0) continue;
      this.makeRunnable(index, Wake.DEADLOCK);
      return true;
    }
    return false;
  }

  /** When the guest's first timer fires, in ns on the machine's clock; 0: no timer. */
  get timer(): number {
    return this.times[Global.timer >>> 1];
  }
  /** Sets {@link timer}. */
  set timer(time: number) {
    this.times[Global.timer >>> 1] = time;
  }

  private softirqDue(): boolean {
    if (this.inSoftirq) return false;
    return (this.timer !== 0 && this.timer <= this.parts.clock.now) || this.gracePeriods.due;
  }

  /** Runs timers and RCU callbacks that are due. */
  private softirqs(): void {
    while (this.softirqDue()) {
      this.inSoftirq = true;
      if (this.current < 0) this.tasks.loadIdle(this.parts.cpu);
      try {
        this.parts.guest.named("kasan_guest_softirq");
      } finally {
        this.inSoftirq = false;
      }
    }
  }
}
