import { MAX_TASKS, type MachineOptions, type TaskThreads } from "@kasan/kernel";
import { host } from "#host";
import { GuestError } from "../error.ts";
import type { Loader } from "../load/loader.ts";
import type { ProgramImage } from "../load/module.ts";
import type { MessageQueue } from "./message-queue.ts";
import type { Output, Outputs } from "./outputs.ts";
import type { PluginSource, Plugins } from "./plugins.ts";

/** Data that a thread starts with. */
export interface ThreadData {
  readonly memory: WebAssembly.Memory;
  readonly cpu: number;
  readonly slot: number;
  readonly pool: SharedArrayBuffer;
  readonly image: ProgramImage;
  readonly plugins: PluginSource;
  /** The machine's options, without functions. */
  readonly options: Omit<MachineOptions, keyof Plugins | keyof Outputs | "onMemory" | "threads">;
  /** Whether changes of the vmalloc shadow are reported. */
  readonly shadowEvents: boolean;
  /** Of the queue for its output. */
  readonly queue: SharedArrayBuffer;
}

/** A slot of the pool, u32: the command for its thread, and the CPU whose code it has. */
const SLOT_WORDS = 2;
const FREE = 0;
const IDLE = -1;
const QUIT = -2;
/** Anything above is the record of a task, + 1. */

/** The parts that {@link Threads} use. */
export interface ThreadsParts {
  /** Returns the loader of the code they run. It is created after the machine. */
  loader(): Loader;
  /** How they recreate what cannot be sent to them; undefined: no task but the first can run. */
  readonly plugins: PluginSource | undefined;
  /** Returns the queue for their output. */
  queue(): MessageQueue<Output>;
  /** Delivers the output of other threads. */
  drain(): void;
}

/**
 * Host threads for the guest's tasks, all sharing the machine's buffer. A thread runs tasks of one CPU, one after the other,
 * because that CPU's state is compiled into its code. Every thread may start others.
 */
export class Threads implements TaskThreads {
  private readonly parts: ThreadsParts;
  private readonly pool: SharedArrayBuffer;
  private readonly slots: Int32Array;
  /** Tasks that have no thread, as there can be none. Until another waits, nobody misses them. */
  private readonly unable = new Set<number>();

  /** @param pool - shared with the first thread; a new one by default */
  constructor(parts: ThreadsParts, pool = new SharedArrayBuffer(MAX_TASKS * SLOT_WORDS * 4)) {
    this.parts = parts;
    this.pool = pool;
    this.slots = new Int32Array(pool);
  }

  idle(): void {
    this.parts.drain();
  }

  refuse(index: number): GuestError | undefined {
    if (!this.unable.has(index)) return undefined;
    const why = host.noThreads ?? "`plugins` does not say how other threads make the architecture; give it";
    return new GuestError("NO_THREADS", `the program waits for a thread, and ${why}`);
  }

  /** Makes a thread run a task. Only one thread calls this at a time. */
  start(index: number, cpu: number): void {
    const { slots, parts } = this;
    if (!parts.plugins || host.noThreads !== undefined) {
      this.unable.add(index);
      return;
    }
    for (let at = 0; at < slots.length; at += SLOT_WORDS) {
      if (slots[at + 1] === cpu && Atomics.compareExchange(slots, at, IDLE, index + 1) === IDLE) {
        Atomics.notify(slots, at);
        return;
      }
    }
    for (let at = 0; at < slots.length; at += SLOT_WORDS) {
      if (Atomics.compareExchange(slots, at, FREE, index + 1) !== FREE) continue;
      slots[at + 1] = cpu;
      this.launch(at / SLOT_WORDS, cpu, parts.plugins);
      return;
    }
    throw new Error("more threads than tasks");
  }

  private launch(slot: number, cpu: number, plugins: PluginSource): void {
    const loader = this.parts.loader();
    const { memory, options } = loader.machine;
    const {
      architecture,
      vmallocShadow,
      shadowScheme,
      log,
      onReport,
      onTest,
      onTimeout,
      onVmallocShadow,
      onMemory,
      threads,
      ...rest
    } = options;
    host.startThread({
      memory,
      cpu,
      slot,
      pool: this.pool,
      image: loader.image(),
      plugins,
      options: rest,
      shadowEvents: onVmallocShadow !== undefined,
      queue: this.parts.queue().buffer,
    });
  }

  /** In a thread: waits for the next task. @returns its record; -1 to end the thread */
  next(slot: number): number {
    const at = slot * SLOT_WORDS;
    for (;;) {
      const work = Atomics.load(this.slots, at);
      if (work === QUIT || this.parts.loader().machine.scheduler.halted) return -1;
      if (work > 0) return work - 1;
      Atomics.wait(this.slots, at, work, 1000);
    }
  }

  /** In a thread: called when the task has ended. */
  done(slot: number, index: number): void {
    Atomics.compareExchange(this.slots, slot * SLOT_WORDS, index + 1, IDLE);
  }

  /** Ends all threads. */
  end(): void {
    for (let at = 0; at < this.slots.length; at += SLOT_WORDS) {
      Atomics.store(this.slots, at, QUIT);
      Atomics.notify(this.slots, at);
    }
    host.endThreads();
  }
}
