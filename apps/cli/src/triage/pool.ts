import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { LogSource } from "../logs/log-source.ts";
import { digestLog, type LogDigest } from "./digest.ts";

/** The result for a log. */
export type Answer = { readonly digest: LogDigest } | { readonly error: string };

/** Fewer logs are read before threads have started. */
const MIN_FOR_THREADS = 8;
const MAX_THREADS = 16;

// The build puts the worker's file beside the bundles; sources run without a build, and then without threads.
const WORKER = import.meta.url.endsWith(".ts") ? undefined : new URL("./triage/worker.js", import.meta.url);

/** Reads logs on all processors, and hands over what came of each as soon as it is there. */
export async function readLogs<T extends LogSource>(
  sources: readonly T[],
  take: (source: T, answer: Answer) => void,
): Promise<void> {
  const queue = [...sources];
  const threads = Math.min(availableParallelism(), MAX_THREADS, Math.ceil(queue.length / 2));
  if (WORKER === undefined || threads < 2 || queue.length < MIN_FOR_THREADS) return readHere(queue, take);
  await Promise.all(Array.from({ length: threads }, () => runWorker(WORKER, queue, take)));
}

async function readHere<T extends LogSource>(
  queue: readonly T[],
  take: (source: T, answer: Answer) => void,
): Promise<void> {
  for (const source of queue) {
    const answer = await digestLog(source).then(
      (digest): Answer => ({ digest }),
      (error: Error): Answer => ({ error: error.message }),
    );
    take(source, answer);
  }
}

/** One thread, until the queue is empty. If it dies, so does only the log that it read. */
function runWorker<T extends LogSource>(
  url: URL,
  queue: T[],
  take: (source: T, answer: Answer) => void,
): Promise<void> {
  return new Promise((resolve) => {
    let source = queue.shift();
    if (source === undefined) return resolve();
    const worker = new Worker(url);
    const again = () => resolve(runWorker(url, queue, take));
    worker.on("message", (answer: Answer) => {
      take(source!, answer);
      source = queue.shift();
      if (source !== undefined) return worker.postMessage(source);
      void worker.terminate();
      resolve();
    });
    worker.on("error", ({ message }) => {
      take(source!, { error: message });
      again();
    });
    worker.postMessage(source);
  });
}
