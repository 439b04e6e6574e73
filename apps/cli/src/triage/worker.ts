import { parentPort } from "node:worker_threads";
import type { LogSource } from "../logs/log-source.ts";
import { digestLog } from "./digest.ts";
import type { Answer } from "./pool.ts";

// Reads the logs that the main thread names, one at a time.
const port = parentPort!;
port.on("message", async (source: LogSource) => {
  const answer: Answer = await digestLog(source).then(
    (digest) => ({ digest }),
    (error: Error) => ({ error: error.message }),
  );
  port.postMessage(answer);
});
