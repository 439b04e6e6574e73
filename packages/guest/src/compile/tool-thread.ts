/** A host thread that runs LLVM's tools, one after the other. */
import { parentPort } from "node:worker_threads";
import { brokeDown, execute } from "./tool.ts";
import type { ToolJob } from "./tools.ts";

parentPort?.on("message", ({ command, files }: ToolJob) => {
  execute(command, files)
    .catch((error: Error) => brokeDown(command, error))
    .then((run) => parentPort?.postMessage(run));
});
