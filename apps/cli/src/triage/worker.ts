import { parentPort } from "node:worker_threads";
import { digestLog } from "./digest.ts";
import type { Answer } from "./pool.ts";

// Reads the logs that the main thread names, one at a time.
const port = parentPort!;
port.on("message", async (path: string) => {
  const answer: Answer = await digestLog(path).then(
    (digest) => ({ digest }),
    (error: Error) => ({ error: error.message }),
  );
  port.postMessage(answer);
});
