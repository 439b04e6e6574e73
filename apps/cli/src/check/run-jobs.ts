import { Worker } from "node:worker_threads";
import { type CheckSummary, type Progress, type ScenarioResult, summarize } from "@kasan/explore";
import { KasanError } from "@kasan/shadow";
import type { ProgressLine } from "../output.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { openJob } from "./explore-job.ts";
import type { CheckJob } from "./request.ts";
import type { WorkerAnswer } from "./worker.ts";

// The build puts the worker's file beside the bundles; sources run without a build, and then without threads.
const WORKER = import.meta.url.endsWith(".ts") ? undefined : new URL("./check/worker.js", import.meta.url);
/** Threads cost more than they bring below this many scenarios. */
const MIN_FOR_THREADS = 16;

/** More threads than this are more trouble than help. */
const MAX_THREADS = 64;

/** How jobs are run. */
export interface RunOptions {
  readonly threads: number;
  readonly progress: ProgressLine;
  readonly checkpoint: Checkpoint | undefined;
}

/** Explores all scenarios of jobs, and sums each job up. */
export async function runJobs(jobs: readonly CheckJob[], options: RunOptions): Promise<CheckSummary[]> {
  const summaries: CheckSummary[] = [];
  for (const [number, job] of jobs.entries()) {
    const results = await runJob(job, number, jobs.length, options);
    summaries.push(summarize(job.data, results));
  }
  return summaries;
}

async function runJob(job: CheckJob, number: number, jobs: number, options: RunOptions): Promise<ScenarioResult[]> {
  const { threads, checkpoint } = options;
  const total = job.data.scenarios.length;
  const results: (ScenarioResult | undefined)[] = Array.from({ length: total }, (_, index) =>
    checkpoint?.result(number, index),
  );
  const meter = new Meter(options.progress, `${job.data.scheme} on ${job.data.architecture}`, number, jobs, total);
  const todo = [...results.keys()].filter((index) => results[index] === undefined);
  const done = async (index: number, result: ScenarioResult) => {
    results[index] = result;
    meter.finished(result, results.filter((one) => one !== undefined).length);
    await checkpoint?.add(number, index, result);
  };
  if (WORKER !== undefined && threads > 1 && todo.length >= MIN_FOR_THREADS) {
    const workers = Array.from({ length: Math.min(threads, todo.length, MAX_THREADS) }, () => {
      return new Worker(WORKER, { workerData: job });
    });
    try {
      await Promise.all(workers.map((worker) => runThread(worker, todo, meter, done)));
    } finally {
      // If one has failed, the others need not continue.
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
  } else await runHere(job, number, todo, meter, checkpoint, done);
  return results as ScenarioResult[];
}

type Done = (index: number, result: ScenarioResult) => Promise<void>;

async function runHere(
  job: CheckJob,
  number: number,
  todo: readonly number[],
  meter: Meter,
  checkpoint: Checkpoint | undefined,
  done: Done,
): Promise<void> {
  let runner = await openJob(job);
  for (const index of todo) {
    const from = checkpoint?.snapshot(number, index);
    // A snapshot goes into an explorer that is new.
    if (from) runner = await openJob(job);
    const result = runner.run(
      index,
      (progress, snapshot) => {
        meter.show(progress);
        checkpoint?.during(number, index, snapshot);
      },
      from,
    );
    await done(index, result);
  }
}

/** One thread, until there is nothing left to do. */
function runThread(worker: Worker, todo: number[], meter: Meter, done: Done): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = () => {
      const index = todo.shift();
      if (index !== undefined) worker.postMessage(index);
      else resolve();
    };
    worker.on("message", (answer: WorkerAnswer) => {
      if ("progress" in answer) meter.show(answer.progress);
      else if ("error" in answer) {
        const { message, code } = answer.error;
        reject(code === undefined ? new Error(message) : new KasanError(code, message));
      } else void done(answer.index, answer.result).then(next, reject);
    });
    worker.on("error", reject);
    next();
  });
}

/** The progress line: states, steps a second, scenarios. */
class Meter {
  private readonly line: ProgressLine;
  private readonly what: string;
  private readonly total: number;
  private states = 0;
  private steps = 0;
  private finishedCount = 0;
  private readonly started = performance.now();

  constructor(line: ProgressLine, what: string, number: number, jobs: number, total: number) {
    this.line = line;
    this.what = jobs > 1 ? `${what} (${number + 1} of ${jobs})` : what;
    this.total = total;
  }

  finished({ states, steps }: ScenarioResult, count: number): void {
    this.states += states;
    this.steps += steps;
    this.finishedCount = count;
    this.show({ states: 0, steps: 0, depth: 0, time: 0 });
  }

  /** It fits 80 columns. */
  show({ states, steps }: Progress): void {
    const seconds = (performance.now() - this.started) / 1000;
    const rate = Math.round((this.steps + steps) / Math.max(seconds, 0.001));
    const scenarios = this.total > 1 ? `${this.finishedCount} of ${this.total} scenarios, ` : "";
    const counted = (this.states + states).toLocaleString("en");
    this.line.show(`${this.what}: ${scenarios}${counted} states, ${rate.toLocaleString("en")} steps/s`);
  }
}
