import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { brokeDown, forTools, type ToolRun } from "../../compile/tool.ts";
import { THREAD, type ToolJob } from "../../compile/tools.ts";
import type { ToolNow } from "../host.ts";

/** A tool that does not answer in this time is given up. Milliseconds. */
const TIMEOUT = 60_000;

/**
 * Runs LLVM's tools in a thread of its own, while this one stands still. The thread starts with the first tool, and stays for the next ones: the first takes a second, others a tenth of it.
 */
export class SyncTool implements ToolNow {
  private readonly signal = new Int32Array(new SharedArrayBuffer(4));
  private readonly channel = new MessageChannel();
  private worker: Worker | undefined;

  run(job: ToolJob): ToolRun {
    const done = forTools();
    try {
      this.worker ??= this.start();
      Atomics.store(this.signal, 0, 0);
      this.channel.port1.postMessage(job);
      Atomics.wait(this.signal, 0, 0, TIMEOUT);
      const answer = receiveMessageOnPort(this.channel.port1);
      return answer ? (answer.message as ToolRun) : brokeDown(job.command, new Error("it did not answer"));
    } finally {
      done();
    }
  }

  private start(): Worker {
    const { port2 } = this.channel;
    const worker = new Worker(THREAD, {
      execArgv: [],
      name: "tool",
      workerData: { port: port2, signal: this.signal },
      transferList: [port2],
    });
    // What breaks it is told by the tool that it does not answer.
    worker.on("error", () => {});
    worker.unref();
    this.channel.port1.unref();
    return worker;
  }
}
