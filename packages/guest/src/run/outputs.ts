import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { LogLine, Machine, MachineOptions, TestEvent, TimeoutSite } from "@kasan/kernel";
import type { KasanReport } from "@kasan/report";

/** Receivers of a machine's output. */
export type Outputs = Pick<MachineOptions, "log" | "onReport" | "onTest" | "onTimeout" | "onVmallocShadow">;

/** A piece of output, as a thread sends it to the first thread. */
type Message = { readonly sequence: number } & (
  | { readonly kind: "log"; readonly line: LogLine }
  | { readonly kind: "report"; readonly report: KasanReport }
  | { readonly kind: "test"; readonly event: TestEvent }
  | { readonly kind: "timeout"; readonly site: TimeoutSite }
  | { readonly kind: "shadow"; readonly time: number; readonly pages: number }
  | { readonly kind: "port"; readonly port: MessagePort }
  | { readonly kind: "defect"; readonly message: string }
);

/** A message without its sequence number. */
type Content = Message extends infer M ? (M extends Message ? Omit<M, "sequence"> : never) : never;

/** Sends a thread's output to the first thread, in a global order. */
export class Sender {
  private readonly port: MessagePort;
  private machine: Machine | undefined;

  /** @param port - the first thread has its other end */
  constructor(port: MessagePort) {
    this.port = port;
  }

  /** Starts to number messages. */
  attach(machine: Machine): void {
    this.machine = machine;
  }

  private send(content: Content, transfer: MessagePort[] = []): void {
    const { machine } = this;
    if (!machine) throw new Error("output before the machine is there");
    machine.locks.console.acquire();
    this.port.postMessage({ ...content, sequence: machine.counters.add("messages", 1) }, transfer);
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

  /** Passes on the port of a thread that this one started. */
  sendPort(port: MessagePort): void {
    this.send({ kind: "port", port }, [port]);
  }

  /** Reports a bug in this project's own code or in a plugin. It precedes all other messages. */
  sendDefect(message: string): void {
    const defect: Message = { kind: "defect", message, sequence: -1 };
    this.port.postMessage(defect);
  }
}

/** In the first thread: delivers its own output and that of all others, in order. */
export class Receiver {
  private readonly ports: MessagePort[] = [];
  private readonly wrapped: Outputs;
  private readonly tests: (event: TestEvent) => void;
  private machine: Machine | undefined;

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

  /** Adds the other end of a new thread's port. */
  add(port: MessagePort): void {
    this.ports.push(port);
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

  /** Delivers the output of other threads. */
  drain(): void {
    if (this.ports.length === 0 || !this.machine) return;
    const { console } = this.machine.locks;
    console.acquire();
    for (const message of this.received()) this.give(message);
    console.release();
  }

  /** All messages received, in the order they were sent. */
  private received(): Message[] {
    const messages: Message[] = [];
    // A thread's port may arrive before the thread's messages.
    for (let i = 0; i < this.ports.length; i++) {
      for (let got = receiveMessageOnPort(this.ports[i]); got; got = receiveMessageOnPort(this.ports[i])) {
        const message = got.message as Message;
        if (message.kind === "port") this.ports.push(message.port);
        else messages.push(message);
      }
    }
    return messages.sort((a, b) => a.sequence - b.sequence);
  }

  private give(message: Message): void {
    const { log, onReport, onTimeout, onVmallocShadow } = this.wrapped;
    if (message.kind === "log") log(message.line);
    else if (message.kind === "report") onReport?.(message.report);
    else if (message.kind === "test") this.tests(message.event);
    else if (message.kind === "timeout") onTimeout?.(message.site);
    else if (message.kind === "shadow") onVmallocShadow?.(message.time, message.pages);
    else if (message.kind === "defect") throw new Error(`in a thread of the machine: ${message.message}`);
  }

  /** Closes the ports when no thread sends any more. */
  close(): void {
    for (const port of this.ports) port.close();
    this.ports.length = 0;
  }
}
