import { Worker } from "node:worker_threads";
import { KasanError } from "@kasan/shadow";
import type { FromWorker, ToWorker, WorkerError, WorkerTask } from "./worker-messages.ts";

// The build puts the worker's file beside the bundles; sources run beside a build.
const WORKER = import.meta.url.endsWith(".ts")
  ? new URL("../../dist/fuzz/worker.js", import.meta.url)
  : new URL("./fuzz/worker.js", import.meta.url);
/** Milliseconds that workers have to end by themselves; some input may run for longer. */
const GRACE = 300;

/** An error of a worker that the user can mend, or that says how one ended. */
class CrewError extends KasanError {
  constructor(
    code: string,
    message: string,
    /** Further lines for the user. */
    readonly details: string,
  ) {
    super(code, message);
    this.name = "CrewError";
  }
}

/** What a crew fuzzes; each worker has its number besides. */
export type CrewTask = Omit<WorkerTask, "number" | "control" | "executions" | "counter">;

/** How a crew works. */
export interface CrewOptions {
  /** Number of workers. */
  readonly jobs: number;
  /** Inputs that they run together; undefined: any number. */
  readonly executions: number | undefined;
  /** Receives what workers say. An error that it throws ends the crew. */
  readonly hear: (worker: number, message: FromWorker) => void;
  /** The worker's program; for tests. */
  readonly program?: URL;
}

/**
 * Threads that fuzz the same program, each with a machine of its own. The first one compiles; the others begin when it is ready, and find
 * what it compiled in the cache.
 */
export class Crew {
  /** Fulfilled when all workers have ended; rejected when one cannot go on. Either way, call {@link Crew.end}. */
  readonly done: Promise<void>;
  private readonly task: CrewTask;
  private readonly options: CrewOptions;
  private readonly control = new SharedArrayBuffer(4);
  /** Inputs that each worker ran. */
  private readonly counters: BigUint64Array;
  private readonly workers: Worker[] = [];
  private readonly running = new Set<number>();
  private finish: () => void = () => {};
  private fail: (error: unknown) => void = () => {};

  constructor(task: CrewTask, options: CrewOptions) {
    this.task = task;
    this.options = options;
    this.counters = new BigUint64Array(new SharedArrayBuffer(8 * options.jobs));
    this.done = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    // Whoever waits for it hears of it; nobody may wait yet.
    this.done.catch(() => {});
    this.start(0);
  }

  /** Inputs that were run, those that run now included. */
  get executions(): number {
    return this.counters.reduce((sum, _, worker) => sum + Number(Atomics.load(this.counters, worker)), 0);
  }

  /** Tells all workers but one. */
  tellOthers(worker: number, message: ToWorker): void {
    for (const [number, other] of this.workers.entries()) if (number !== worker) other.postMessage(message);
  }

  /** Ends all workers: soon by themselves, and else by force. What they found is told before. */
  async end(): Promise<void> {
    Atomics.store(new Int32Array(this.control), 0, 1);
    const ended = this.done.catch(() => {});
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      ended,
      new Promise((resolve) => {
        timer = setTimeout(resolve, GRACE);
      }),
    ]);
    clearTimeout(timer);
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private start(number: number): void {
    const { jobs, executions } = this.options;
    const share = executions === undefined ? undefined : Math.floor((executions + jobs - 1 - number) / jobs);
    const { control } = this;
    const counter = this.counters.subarray(number, number + 1);
    const workerData: WorkerTask = { ...this.task, number, executions: share, control, counter };
    const worker = new Worker(this.options.program ?? WORKER, { workerData, execArgv: [], name: `fuzzer ${number}` });
    this.workers[number] = worker;
    this.running.add(number);
    worker.on("message", (message: FromWorker) => this.hear(number, message));
    worker.on("error", (error: NodeJS.ErrnoException) => this.fail(died(number, error)));
    worker.on("exit", () => {
      if (this.running.has(number)) this.fail(new CrewError("WORKER", `worker ${number} ended by itself`, ""));
    });
  }

  private hear(number: number, message: FromWorker): void {
    if (message.kind === "error") {
      this.fail(errorOf(message.error));
      return;
    }
    try {
      this.options.hear(number, message);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (message.kind === "ready" && number === 0)
      for (let other = 1; other < this.options.jobs; other++) this.start(other);
    if (message.kind !== "end") return;
    this.running.delete(number);
    if (this.running.size === 0) this.finish();
  }
}

/** How a thread died. */
function died(number: number, error: NodeJS.ErrnoException): Error {
  if (error.code !== "ERR_WORKER_OUT_OF_MEMORY") return error;
  return new CrewError("WORKER", `worker ${number} ran out of memory; use fewer --jobs or less --memory`, "");
}

function errorOf({ code, message, details, stack }: WorkerError): Error {
  if (code !== undefined) return new CrewError(code, message, details);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
