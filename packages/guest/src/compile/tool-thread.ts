/** A host thread that runs LLVM's tools, one after the other. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { brokeDown, execute } from "./tool.ts";
import type { ToolJob } from "./tools.ts";

/** How a caller that stands still is answered: by a port, and by a word that it waits for. */
interface Waiting {
  readonly port: MessagePort;
  readonly signal: Int32Array;
}

const { port, signal } = (workerData ?? { port: parentPort }) as Partial<Waiting>;
port?.on("message", ({ command, files }: ToolJob) => {
  execute(command, files)
    .catch((error: Error) => brokeDown(command, error))
    .then((run) => {
      port.postMessage(run);
      if (!signal) return;
      Atomics.store(signal, 0, 1);
      Atomics.notify(signal, 0);
    });
});
