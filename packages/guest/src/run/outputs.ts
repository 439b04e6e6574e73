import type { LogLine, Machine, MachineOptions, TestEvent, TimeoutSite } from "@kasan/kernel";
import type { KasanReport } from "@kasan/report";
import { GuestError } from "../error.ts";
import { MessageQueue } from "./message-queue.ts";

/** Receivers of a machine's output. */
export type Outputs = Pick<MachineOptions, "log" | "onReport" | "onTest" | "onTimeout" | "onVmallocShadow">;

/** A piece of output, as a thread sends it to the first thread. */
export type Output =
  | { readonly kind: "log"; readonly line: LogLine }
  | { readonly kind: "report"; readonly report: KasanReport }
  | { readonly kind: "test"; readonly event: TestEvent }
  | { readonly kind: "timeout"; readonly site: TimeoutSite }
  | { readonly kind: "shadow"; readonly time: number; readonly pages: number }
  | { readonly kind: "defect"; readonly message: string };

/** Sends a thread's output to the first thread. */
export class Sender {
  private machine: Machine | undefined;

  /** @param queue - to the first thread */
  constructor(private readonly queue: MessageQueue<Output>) {}

  /** From now on the machine has output. */
  attach(machine: Machine): void {
    this.machine = machine;
  }

  /** Sends while no other CPU is in the middle of its output. */
  private send(output: Output): void {
    const { machine } = this;
    if (!machine) throw new Error("output before the machine is there");
    machine.locks.console.acquire();
    this.queue.send(output);
    machine.locks.console.release();
  }

  /** Receivers that send a machine's output to the first thread. */
  readonly outputs: Required<Outputs> = {
    log: (line) => this.send({ kind: "log", line }),
    onReport: (report) => this.send({ kind: "report", report }),
    onTest: (event) => this.send({ kind: "test", event }),
    onTimeout: (site) => this.send({ kind: "timeout", site }),
    onVmallocShadow: (time, pages) => this.send({ kind: "shadow", time, pages }),
  };
}

/** Tells the first thread, which waits for another, of a bug in this project's own code or in a plugin: it gives up. */
export function sendDefect(queue: MessageQueue<Output>, message: string): void {
  queue.send({ kind: "defect", message });
}

/** In the first thread: delivers its own output and that of all others, in order. */
export class Receiver {
  private readonly wrapped: Outputs;
  private readonly tests: (event: TestEvent) => void;
  private machine: Machine | undefined;
  private others: MessageQueue<Output> | undefined;

  /**
   * @param outputs - final receivers of the output
   * @param tests - stores the tests' results
   */
  constructor(outputs: Outputs, tests: (event: TestEvent) => void) {
    this.wrapped = outputs;
    this.tests = tests;
  }

  /** From now on other threads may send. */
  attach(machine: Machine): void {
    this.machine = machine;
  }

  /** Where other threads send their output. */
  get queue(): MessageQueue<Output> {
    this.others ??= new MessageQueue();
    return this.others;
  }

  /** Receivers of the first thread's own output. */
  get outputs(): Outputs {
    const { log, onReport, onTimeout, onVmallocShadow } = this.wrapped;
    return {
      log: (line) => this.after(() => log(line)),
      onReport: (report) => this.after(() => onReport?.(report)),
      onTest: (event) => this.after(() => this.tests(event)),
      onTimeout: (site) => this.after(() => onTimeout?.(site)),
      ...(onVmallocShadow && { onVmallocShadow: (time, pages) => this.after(() => onVmallocShadow(time, pages)) }),
    };
  }

  private after(give: () => void): void {
    this.drain();
    give();
  }

  /**
   * Delivers the output of other threads.
   *
   * @throws {@link GuestError} `OUTPUT` if some of it was lost
   */
  drain(): void {
    if (!this.others || !this.machine) return;
    const { console } = this.machine.locks;
    console.acquire();
    const { messages, lost } = this.others.receive();
    for (const message of messages) this.give(message);
    console.release();
    if (lost)
      throw new GuestError(
        "OUTPUT",
        "other tasks print more than the first one can pass on while it runs; let it wait",
      );
  }

  private give(message: Output): void {
    const { log, onReport, onTimeout, onVmallocShadow } = this.wrapped;
    if (message.kind === "log") log(message.line);
    else if (message.kind === "report") onReport?.(message.report);
    else if (message.kind === "test") this.tests(message.event);
    else if (message.kind === "timeout") onTimeout?.(message.site);
    else if (message.kind === "shadow") onVmallocShadow?.(message.time, message.pages);
    else if (message.kind === "defect") throw new Error(`in a thread of the machine: ${message.message}`);
  }
}
