import { Worker } from "node:worker_threads";
import type { ThreadData } from "../../run/threads.ts";

// A worker of Node 20 runs only JavaScript, so sources use the built thread.
const THREAD = import.meta.url.endsWith(".ts")
  ? new URL("../../../dist/host/node/thread.js", import.meta.url)
  : new URL("./host/node/thread.js", import.meta.url);

/** Those that this thread started. */
const workers = new Set<Worker>();

/** Starts a thread. It does not keep the process alive. */
export function startThread(data: ThreadData): void {
  const worker = new Worker(THREAD, { workerData: data, execArgv: [], name: `cpu ${data.cpu}` });
  worker.unref();
  workers.add(worker);
}

/** Ends them, with those that they started. */
export function endThreads(): void {
  for (const worker of workers) void worker.terminate();
  workers.clear();
}
