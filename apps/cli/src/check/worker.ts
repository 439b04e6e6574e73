import { parentPort, workerData } from "node:worker_threads";
import type { Progress, ScenarioResult } from "@kasan/explore";
import { KasanError } from "@kasan/shadow";
import { openJob } from "./explore-job.ts";
import type { CheckJob } from "./request.ts";

/** A message from a thread: its progress, or the result of a scenario. */
export type WorkerAnswer =
  | { readonly progress: Progress }
  | { readonly index: number; readonly result: ScenarioResult }
  | { readonly error: { readonly message: string; readonly code: string | undefined } };

// Explores the scenarios that the main thread names, one at a time.
const port = parentPort!;
const say = (answer: WorkerAnswer) => port.postMessage(answer);
const opened = openJob(workerData as CheckJob);
port.on("message", async (index: number) => {
  try {
    const job = await opened;
    say({ index, result: job.run(index, (progress) => say({ progress })) });
  } catch (error) {
    const { message } = error as Error;
    say({ error: { message, code: error instanceof KasanError ? error.code : undefined } });
  }
});
