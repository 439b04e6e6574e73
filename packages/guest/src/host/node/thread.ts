/** A thread of Node.js that runs a guest's tasks. */
import { workerData } from "node:worker_threads";
import { runThread } from "../../run/thread.ts";
import type { ThreadData } from "../../run/threads.ts";

await runThread(workerData as ThreadData);
