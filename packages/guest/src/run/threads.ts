import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { MAX_TASKS, type Machine, type MachineOptions } from "@kasan/kernel";
import { GuestError } from "../error.ts";
import type { Loader } from "../load/loader.ts";
import type { ProgramImage } from "../load/module.ts";

/** How threads other than the first make what cannot be sent to them: plugins, which are functions. */
export interface PluginSource {
  /** URL of an ES module that exports `plugins(data)`, which returns (or promises) {@link Plugins}. */
  readonly module: string;
  /** What it is called with; must survive a structured clone. */
  readonly data: unknown;
}

/** The options of a machine that are functions. */
export type Plugins = Pick<MachineOptions, "architecture" | "vmallocShadow" | "shadowScheme">;

/** Everything that a thread starts with. */
export interface ThreadData {
  readonly memory: WebAssembly.Memory;
  readonly cpu: number;
  readonly slot: number;
  readonly pool: SharedArrayBuffer;
  readonly image: ProgramImage;
  readonly plugins: PluginSource;
  /** The machine's options, without functions. */
  readonly options: Omit<MachineOptions, keyof Plugins | "log" | "onReport" | "onTest" | "onVmallocShadow">;
  /** Whether changes of the vmalloc shadow are wanted. */
  readonly shadowEvents: boolean;
  readonly timeout: number;
  readonly port: MessagePort;
}

/** A slot of the pool, u32: what its thread is to do, and the CPU whose code it has. */
const SLOT_WORDS = 2;
const FREE = 0;
const IDLE = -1;
const QUIT = -2;
/** Anything above is the record of a task, + 1. */

// Sources run beside the built thread: a worker of Node 20 reads JavaScript only.
const THREAD = import.meta.url.endsWith(".ts")
  ? new URL("../../dist/run/thread.js", import.meta.url)
  : new URL("./run/thread.js", import.meta.url);

/**
 * Threads of the host for the guest's tasks, all of which share the machine's buffer. A thread runs one task after the
 * other, of one CPU: that CPU's state is compiled into its code. Every thread may start others.
 */
export class Threads {
  private readonly machine: Machine;
  private readonly loader: Loader;
  private readonly plugins: PluginSource | undefined;
  private readonly timeout: number;
  private readonly addPort: (port: MessagePort) => void;
  private readonly pool: SharedArrayBuffer;
  private readonly slots: Int32Array;
  private readonly workers: Worker[] = [];

  /**
   * @param timeout - seconds, for the message of a timeout
   * @param addPort - takes the port through which a new thread sends its output
   * @param pool - of the first thread; a new one by default
   */
  constructor(
    loader: Loader,
    plugins: PluginSource | undefined,
    timeout: number,
    addPort: (port: MessagePort) => void,
    pool = new SharedArrayBuffer(MAX_TASKS * SLOT_WORDS * 4),
  ) {
    this.loader = loader;
    this.machine = loader.machine;
    this.plugins = plugins;
    this.timeout = timeout;
    this.addPort = addPort;
    this.pool = pool;
    this.slots = new Int32Array(pool);
    this.machine.scheduler.startThread = (index, cpu) => this.start(index, cpu);
  }

  /** Has a thread run a task. Only one thread calls this at a time. */
  private start(index: number, cpu: number): void {
    const { slots } = this;
    for (let at = 0; at < slots.length; at += SLOT_WORDS) {
      if (slots[at + 1] === cpu && Atomics.compareExchange(slots, at, IDLE, index + 1) === IDLE) {
        Atomics.notify(slots, at);
        return;
      }
    }
    for (let at = 0; at < slots.length; at += SLOT_WORDS) {
      if (Atomics.compareExchange(slots, at, FREE, index + 1) !== FREE) continue;
      slots[at + 1] = cpu;
      this.launch(at / SLOT_WORDS, cpu);
      return;
    }
    throw new Error("more threads than tasks");
  }

  private launch(slot: number, cpu: number): void {
    if (!this.plugins) {
      throw new GuestError(
        "NO_PLUGINS",
        "the program starts a thread, and `plugins` does not say how other threads make the architecture; give it",
      );
    }
    const { memory, options } = this.machine;
    const { architecture, vmallocShadow, shadowScheme, log, onReport, onTest, onVmallocShadow, ...rest } = options;
    const { port1, port2 } = new MessageChannel();
    this.addPort(port1);
    const data: ThreadData = {
      memory,
      cpu,
      slot,
      pool: this.pool,
      image: this.loader.image(),
      plugins: this.plugins,
      options: rest,
      shadowEvents: onVmallocShadow !== undefined,
      timeout: this.timeout,
      port: port2,
    };
    const worker = new Worker(THREAD, { workerData: data, transferList: [port2], execArgv: [], name: `cpu ${cpu}` });
    worker.unref();
    this.workers.push(worker);
  }

  /** In a thread: waits for the next task. @returns its record; -1 to end */
  next(slot: number): number {
    const at = slot * SLOT_WORDS;
    for (;;) {
      const work = Atomics.load(this.slots, at);
      if (work === QUIT || this.machine.scheduler.halted) return -1;
      if (work > 0) return work - 1;
      Atomics.wait(this.slots, at, work, 1000);
    }
  }

  /** In a thread: the task has ended. */
  done(slot: number, index: number): void {
    Atomics.compareExchange(this.slots, slot * SLOT_WORDS, index + 1, IDLE);
  }

  /** Ends all threads. */
  end(): void {
    for (let at = 0; at < this.slots.length; at += SLOT_WORDS) {
      Atomics.store(this.slots, at, QUIT);
      Atomics.notify(this.slots, at);
    }
    for (const worker of this.workers) void worker.terminate();
  }
}
