import { Worker } from "node:worker_threads";
import { host } from "#host";
import type { Tree } from "./files.ts";
import { brokeDown, forTools, runTool, type ToolRun } from "./tool.ts";

/** Each thread has a clang of its own, which takes some hundred megabytes. */
const MAX_THREADS = 4;

/** A thread that runs tools. A worker of Node 20 runs only JavaScript, so sources use the built thread. */
export const THREAD = import.meta.url.endsWith(".ts")
  ? new URL("../../dist/compile/tool-thread.js", import.meta.url)
  : new URL("./compile/tool-thread.js", import.meta.url);

/** What a thread is asked to run. */
export interface ToolJob {
  readonly command: readonly string[];
  readonly files: Tree;
}

/** How a job is run. It makes no difference to what it leaves. */
export interface JobOptions {
  /** Called when it begins. */
  readonly started?: () => void;
  /** Whether others wait for it: it goes before those that wait already. */
  readonly first?: boolean;
  /** Whether the caller has nothing else to run: it needs no thread of its own. */
  readonly alone?: boolean;
}

interface WaitingJob extends ToolJob {
  readonly started: () => void;
  readonly resolve: (run: ToolRun) => void;
}

/** What runs one job at a time. */
interface Lane {
  run(job: ToolJob): Promise<ToolRun>;
  /** Whether it can run another one. */
  readonly usable: boolean;
  end(): void;
}

const here = (): Lane => ({ run: ({ command, files }) => runTool(command, files), usable: true, end: () => {} });

/** A thread. It keeps the process alive only while it has a job. */
class ToolThread implements Lane {
  usable = true;
  private readonly worker = new Worker(THREAD, { execArgv: [], name: "clang" });
  private readonly done = forTools();
  private job: { readonly command: readonly string[]; readonly done: (run: ToolRun) => void } | undefined;

  constructor() {
    const broken = (error: Error) => {
      this.usable = false;
      if (this.job) this.finish(brokeDown(this.job.command, error));
    };
    this.worker.on("message", (run: ToolRun) => this.finish(run));
    this.worker.on("error", broken);
    this.worker.on("exit", () => broken(new Error("its thread ended")));
    this.worker.unref();
  }

  run({ command, files }: ToolJob): Promise<ToolRun> {
    this.worker.ref();
    this.worker.postMessage({ command, files } satisfies ToolJob);
    return new Promise((done) => {
      this.job = { command, done };
    });
  }

  end(): void {
    this.job = undefined;
    void this.worker.terminate();
    this.done();
  }

  private finish(run: ToolRun): void {
    this.worker.unref();
    const { job } = this;
    this.job = undefined;
    job?.done(run);
  }
}

/**
 * Runs LLVM's tools side by side in threads, which start when they are needed. On one processor the tools run in this thread. What a tool
 * leaves depends neither on the number of threads nor on which one runs it.
 */
export class Tools {
  private readonly limit: number;
  private readonly waiting: WaitingJob[] = [];
  private readonly idle: Lane[] = [];
  private readonly lanes = new Set<Lane>();
  private ended = false;

  /** @param limit - the most tools that run at a time: one per host processor by default */
  constructor(limit = Math.min(host.processors, MAX_THREADS)) {
    this.limit = limit;
  }

  /**
   * Runs a tool. After {@link Tools.end}, it is never done.
   *
   * @throws {@link GuestError} `NO_COMPILER`
   */
  async run(command: readonly string[], files: Tree, options: JobOptions = {}): Promise<ToolRun> {
    host.requireCompiler();
    const { started = () => {}, first = false, alone = false } = options;
    if (alone && this.lanes.size === 0 && !this.ended) {
      started();
      return runTool(command, files);
    }
    return new Promise((resolve) => {
      const job = { command, files, started, resolve };
      if (first) this.waiting.unshift(job);
      else this.waiting.push(job);
      this.next();
    });
  }

  /** The number of threads that there are. */
  get threads(): number {
    return [...this.lanes].filter((lane) => lane instanceof ToolThread).length;
  }

  /** Ends all threads. What waits or runs is never done. */
  end(): void {
    this.ended = true;
    for (const lane of this.lanes) lane.end();
    this.lanes.clear();
  }

  private next(): void {
    if (this.ended || this.waiting.length === 0) return;
    const lane = this.free();
    const job = lane && this.waiting.shift();
    if (!job) return;
    job.started();
    void lane.run(job).then((run) => {
      this.idle.push(lane);
      job.resolve(run);
      this.next();
    });
  }

  /** What can run a job now; undefined if all are busy. */
  private free(): Lane | undefined {
    for (let lane = this.idle.pop(); lane; lane = this.idle.pop()) {
      if (lane.usable) return lane;
      lane.end();
      this.lanes.delete(lane);
    }
    if (this.lanes.size >= this.limit) return undefined;
    const lane = this.limit > 1 ? new ToolThread() : here();
    this.lanes.add(lane);
    return lane;
  }
}

/** Calls a function with tools whose threads are ended afterwards. */
export async function withTools<T>(use: (tools: Tools) => Promise<T>, tools = new Tools()): Promise<T> {
  try {
    return await use(tools);
  } finally {
    tools.end();
  }
}

/** Waits for all results. Of several errors, it throws the one that is first in order, whichever happened first. */
export async function inOrder<T>(all: readonly Promise<T>[]): Promise<T[]> {
  const results: T[] = [];
  // Later ones may fail while an earlier one is waited for.
  for (const one of all) one.catch(() => {});
  for (const one of all) results.push(await one);
  return results;
}

/** A copy of some bytes that threads share and need not copy. */
export function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}
