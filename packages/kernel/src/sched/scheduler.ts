import type { PhysicalMemory } from "@kasan/mmu";
import type { Clock } from "../smp/clock.ts";
import type { Cpu } from "../smp/cpu.ts";
import type { SpinLock } from "../smp/lock.ts";
import { GRACE_PERIOD_WORDS, GracePeriods } from "./rcu.ts";
import { MAX_TASKS, type Tasks } from "./tasks.ts";

/** What a task is doing. Words of the arena; a task's thread waits for `RUNNING`. */
export const TaskState = {
  /** Made, and not yet woken for the first time. */
  NEW: 0,
  /** Waits for its CPU. */
  RUNNABLE: 1,
  /** Has its CPU. */
  RUNNING: 2,
  /** Waits for somebody to wake it, or for its time. */
  PARKED: 3,
} as const;

/** Why a task that waited goes on. */
export const Wake = {
  /** It was woken. */
  WOKEN: 0,
  /** Its time has come. */
  TIME: 1,
  /** Nothing is left that could wake it: every task waits, and no timer is set. */
  DEADLOCK: 2,
} as const;

const TASK_WORDS = 16;
const Field = { state: 0, cpu: 1, addressLow: 2, addressHigh: 3, wake: 4, order: 5, permit: 6, daemon: 7, deadline: 8 };
/** Words of a CPU: the task that has it (index + 1), a bell that is rung for an idle one, whether it is idle, and has a thread. */
const CPU_WORDS = 16;
const CpuField = { current: 0, bell: 1, idle: 2, attended: 3 };
/** Words for all: order in which tasks became runnable, why the machine stopped, next timer, grace periods of RCU. */
const GLOBAL_WORDS = 16;
const Global = {
  order: 0,
  halted: 1,
  timer: 2,
  gracePeriods: 4,
  nextCpu: 8,
  pause: 9,
};

/** Bytes of the arena that the scheduler of so many CPUs takes. */
export const scheduleBytes = (cpus: number): number => 4 * (GLOBAL_WORDS + cpus * CPU_WORDS + MAX_TASKS * TASK_WORDS);

/** Longest sleep of an idle CPU's thread, ms: then it looks for itself. */
const IDLE_SLEEP = 2;
/** How long a thread that spins sleeps now and then, ms. */
const PAUSE = 0.02;
/** Nanoseconds that cpu_relax() takes. */
const RELAX_STEP = 1000;
const NEVER = Number.POSITIVE_INFINITY;

/** The threads of the host that tasks run in: what provides them. */
export interface TaskThreads {
  /** Starts or finds a thread for a task that is runnable for the first time: its record, its CPU. */
  start(index: number, cpu: number): void;
  /** Is called while a thread waits, now and then. */
  idle(): void;
}

/** A host that runs no tasks but the first. */
export const NO_TASK_THREADS: TaskThreads = { start() {}, idle() {} };

/** What {@link Scheduler} uses of a machine. */
export interface SchedulerParts {
  /** How many CPUs there are. */
  readonly cpus: number;
  /** The CPU that this view is for. */
  readonly cpu: Cpu;
  /** The machine's time. */
  readonly clock: Clock;
  /** The lock of tasks, and what they wait for. */
  readonly locks: { readonly schedule: SpinLock };
  /** The kernel log: a line that waits for its end is not left to another task. */
  readonly printk: { flush(): void };
  /** Stops the kernel. */
  readonly oops: { panic(message: string): never };
  /** Guests' code: its softirqs. */
  readonly guest: { named(name: string): unknown };
  /** Threads of the host. */
  readonly threads: TaskThreads;
  /** Another task gets the CPU. */
  onSwitch(): void;
  /** Ends a wait because the machine has stopped. */
  unwind(): never;
  /** Is called while a task waits: ends the guest if its time is over. */
  checkTime(): void;
}

/**
 * Who runs where and when. Each task but those of softirqs has a thread of the host's own, which waits while the task
 * has no CPU: WebAssembly cannot change stacks. A task stays on the CPU that it was made for, whose state is compiled into
 * the code that its thread runs. Tasks give the CPU up only by waiting or yielding (PREEMPT_NONE), the one that became
 * runnable first goes first: on one CPU the order is the same in every run.
 *
 * A task waits for an address: whoever changes what lies there wakes all who wait for it, and they look again.
 * `prepare` comes before the look, so that a wake-up between the look and `park` is not lost.
 *
 * When every CPU is idle, the clock jumps to the next timer or end of a wait; a clock that follows real time is waited for.
 */
export class Scheduler {
  private readonly parts: SchedulerParts;
  private readonly words: Int32Array;
  private readonly times: Float64Array;
  private readonly tasks: Tasks;
  private readonly own: number;
  /** Grace periods of RCU: where tasks wait, yield or may sleep, and idle CPUs, end them. */
  readonly gracePeriods: GracePeriods;
  private inSoftirq = false;

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

  /** The CPU for a new task: each in turn, from this one on. */
  nextCpu(): number {
    const turn = Atomics.add(this.words, Global.nextCpu, 1);
    return turn % this.parts.cpus;
  }

  /** A task was made, for a CPU. */
  add(index: number, cpu: number): void {
    const at = this.task(index);
    this.words.fill(0, at, at + TASK_WORDS);
    this.words[at + Field.cpu] = cpu;
    this.times[(at + Field.deadline) >>> 1] = NEVER;
  }

  /** Has a task that was never woken run on another CPU. */
  bind(index: number, cpu: number): void {
    this.words[this.task(index) + Field.cpu] = cpu;
  }

  /** The first task has its CPU from the start. */
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

  /** Stops all CPUs: every thread that waits, or runs into a check, ends. */
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

  /** Makes a task runnable. Under the lock. */
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
      // The first task of this CPU: no thread is there that could pass the CPU on.
      words[this.cpuWord(cpu, CpuField.attended)] = 1;
      this.give(cpu, index);
    } else if (words[this.cpuWord(cpu, CpuField.idle)] !== 0) this.ring(cpu);
    if (fresh) this.parts.threads.start(index, cpu);
  }

  /** A task gets its CPU. Under the lock. */
  private give(cpu: number, index: number): void {
    const { words } = this;
    words[this.cpuWord(cpu, CpuField.idle)] = 0;
    words[this.cpuWord(cpu, CpuField.current)] = index + 1;
    Atomics.store(words, this.task(index) + Field.state, TaskState.RUNNING);
    Atomics.notify(words, this.task(index) + Field.state);
  }

  /** Starts a task, if it was not started. */
  start(index: number): void {
    this.lock();
    if (this.words[this.task(index) + Field.state] === TaskState.NEW) this.makeRunnable(index, Wake.WOKEN);
    this.unlock();
  }

  /** The running task is about to look at what it will wait for. `daemon`: one that may wait for ever, for work. */
  prepare(low: number, high: number, daemon = false): void {
    const at = this.task(this.waiter());
    this.lock();
    this.words[at + Field.addressLow] = low | 0;
    this.words[at + Field.addressHigh] = high | 0;
    this.words[at + Field.permit] = 0;
    this.words[at + Field.daemon] = Number(daemon);
    this.unlock();
  }

  /** It found what it wanted. */
  cancel(): void {
    this.prepare(0, 0);
  }

  /** Wakes all tasks that wait, or prepare to wait, for an address. */
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
   * Lets others run until this task is woken, or the machine's clock says `deadline` (ns; Infinity: never).
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
    this.times[(at + Field.deadline) >>> 1] = deadline;
    Atomics.store(this.words, at + Field.state, TaskState.PARKED);
    this.giveUp(index);
    return this.words[at + Field.wake];
  }

  /** Lets others run that are ready, and goes on. */
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

  /** A guest looks again and again at what another CPU will change: lets that one run, if the host has too few processors. */
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

  /** A function that may sleep, but need not: what waits for such a moment runs. */
  mightSleep(): void {
    if (this.inSoftirq || this.current < 0) return;
    this.gracePeriods.quiescent();
    this.softirqs();
  }

  /** The task that asks to wait. Softirqs, which run on top of other tasks, and the idle task must not. */
  private waiter(): number {
    if (!this.inSoftirq && this.current >= 0) return this.current;
    const { pid, comm } = this.tasks.current(this.parts.cpu);
    return this.parts.oops.panic(`BUG: scheduling while atomic: ${comm}/${pid}/0x00000100`);
  }

  /**
   * The running task's context is saved, the CPU passes to others, and the thread waits until it has it again. Under
   * the lock, which it gives back.
   */
  private giveUp(index: number): void {
    const { cpu, printk } = this.parts;
    printk.flush();
    this.tasks.save(cpu, index);
    this.pass();
    this.waitFor(index);
    this.tasks.load(cpu, index);
  }

  /** A task came to its end: its CPU passes to others. The thread must not run guest code until it has a task again. */
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

  /** Passes the CPU to the next task; while there is none, this thread is the CPU's idle task. Under the lock, which it gives back. */
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

  /** The task of this CPU that is runnable for the longest; -1 if there is none. */
  private runnable(): number {
    const { words, own } = this;
    let first = -1;
    for (let index = 0; index < MAX_TASKS; index++) {
      const at = this.task(index);
      if (words[at + Field.state] !== TaskState.RUNNABLE || words[at + Field.cpu] !== own) continue;
      if (first < 0 || words[at + Field.order] < words[this.task(first) + Field.order]) first = index;
    }
    return first;
  }

  private allIdle(): boolean {
    for (let cpu = 0; cpu < this.parts.cpus; cpu++) {
      if (this.words[this.cpuWord(cpu, CpuField.idle)] === 0) return false;
    }
    // A CPU that was rung is about to run something.
    for (let index = 0; index < MAX_TASKS; index++) {
      if (this.words[this.task(index) + Field.state] === TaskState.RUNNABLE) return false;
    }
    return true;
  }

  /** Wakes tasks whose time has come. */
  private wakeOnTime(): void {
    const { now } = this.parts.clock;
    for (let index = 0; index < MAX_TASKS; index++) {
      const at = this.task(index);
      if (this.words[at + Field.state] !== TaskState.PARKED || this.times[(at + Field.deadline) >>> 1] > now) continue;
      this.makeRunnable(index, Wake.TIME);
    }
  }

  /** When the next wait or timer ends by itself. */
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

  /** Every CPU is idle: the clock moves on to what comes next. @returns false if that is to be waited for */
  private jump(next: number): boolean {
    return next === NEVER ? this.breakDeadlock() : this.parts.clock.skipTo(next);
  }

  /** Tells a task that waits for ever, and not for work, that it does. The first, which everything else waits for, if it is one. */
  private breakDeadlock(): boolean {
    for (let index = 0; index < MAX_TASKS; index++) {
      const at = this.task(index);
      if (this.words[at + Field.state] !== TaskState.PARKED || this.words[at + Field.daemon] !== 0) continue;
      this.makeRunnable(index, Wake.DEADLOCK);
      return true;
    }
    return false;
  }

  /** When the guest's first timer fires, ns of the machine's clock; 0: there is none. */
  get timer(): number {
    return this.times[Global.timer >>> 1];
  }
  /** Sets it. */
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
