import { Worker } from "node:worker_threads";
import { type Cpu, Interrupt } from "@kasan/kernel";
import { interruptWords } from "../../run/interrupt-words.ts";

/**
 * Waits in its own thread, since the guest keeps this one busy, and then interrupts the CPUs through the shared buffer. It ends at
 * once when woken through `done`.
 */
const CODE = `
const { workerData } = require("node:worker_threads");
const { buffer, done, milliseconds, cpus, reason } = workerData;
if (Atomics.wait(new Int32Array(done), 0, 0, milliseconds) === "timed-out") {
  const words = new Int32Array(buffer);
  for (const { interrupts, limit } of cpus) {
    Atomics.or(words, interrupts >>> 2, reason);
    Atomics.store(words, limit >>> 2, 0);
  }
}
`;

/** Stops a guest that does not end in time. */
export class Watchdog {
  private readonly done = new SharedArrayBuffer(4);
  private readonly worker: Worker;

  /** Starts the timer. @param seconds - time until the CPUs are interrupted */
  constructor(buffer: SharedArrayBuffer, cpus: readonly Cpu[], seconds: number) {
    const workerData = {
      buffer,
      done: this.done,
      milliseconds: seconds * 1000,
      cpus: cpus.map(interruptWords),
      reason: Interrupt.TIMEOUT,
    };
    this.worker = new Worker(CODE, { eval: true, workerData });
    this.worker.unref();
  }

  /** Called when the guest has ended. */
  stop(): void {
    const done = new Int32Array(this.done);
    Atomics.store(done, 0, 1);
    Atomics.notify(done, 0);
  }
}
