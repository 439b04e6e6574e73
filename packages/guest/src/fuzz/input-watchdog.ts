import { Worker } from "node:worker_threads";
import { type Cpu, Interrupt } from "@kasan/kernel";
import { interruptWords } from "../run/interrupt-words.ts";

/** Words that both threads see: the number of the input that runs, 0 between two; whether to end. */
const [RUNNING, ENDED] = [0, 1];

/** Looks twice in the time that an input has: the same number as before means that it took at least half of it. */
const CODE = `
const { workerData } = require("node:worker_threads");
const { buffer, shared, milliseconds, interrupts, limit, reason } = workerData;
const words = new Int32Array(shared);
const machine = new Int32Array(buffer);
let [before, looks] = [0, 0];
while (Atomics.wait(words, ${ENDED}, 0, milliseconds / 4) === "timed-out") {
  const now = Atomics.load(words, ${RUNNING});
  looks = now !== 0 && now === before ? looks + 1 : 0;
  before = now;
  if (looks < 4) continue;
  Atomics.or(machine, interrupts >>> 2, reason);
  Atomics.store(machine, limit >>> 2, 0);
}
`;

/** Stops a guest whose input runs for too long. One thread looks after all inputs: to start one takes longer than most inputs do. */
export class InputWatchdog {
  private readonly words = new Int32Array(new SharedArrayBuffer(8));
  private readonly worker: Worker;
  private inputs = 0;

  /** @param seconds - the time that an input has; it is stopped after that time to a quarter more */
  constructor(buffer: SharedArrayBuffer, cpu: Cpu, seconds: number) {
    const workerData = {
      buffer,
      shared: this.words.buffer,
      milliseconds: seconds * 1000,
      ...interruptWords(cpu),
      reason: Interrupt.TIMEOUT,
    };
    this.worker = new Worker(CODE, { eval: true, workerData, name: "watchdog" });
    this.worker.unref();
  }

  /** An input begins. */
  begin(): void {
    this.inputs = (this.inputs + 1) & 0x7fffffff || 1;
    Atomics.store(this.words, RUNNING, this.inputs);
  }

  /** It has ended. */
  finish(): void {
    Atomics.store(this.words, RUNNING, 0);
  }

  /** Ends the thread. */
  end(): void {
    Atomics.store(this.words, ENDED, 1);
    Atomics.notify(this.words, ENDED);
  }
}
