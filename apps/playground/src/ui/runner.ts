import { proxy, type Remote, wrap } from "comlink";
import type { Lab, RunEvent, Tell } from "../protocol.ts";

/** Work that the page ended. */
export interface Stopped {
  readonly kind: "stopped";
  /** Who ended it: a person, or the time that it had. */
  readonly by: "hand" | "time";
}

/** Progress of guests begins with this word. Compiling has no limit: clang may have to be fetched. */
const RUNNING = "running";

/** Has work done by a worker. Ending the worker is what stops a guest: it blocks the worker's thread. */
export class Runner {
  private worker!: Worker;
  private remote!: Remote<Lab>;
  private end: ((outcome: Stopped | Error) => void) | undefined;

  constructor() {
    this.start();
  }

  /** What the worker does at once. What is asked while a program runs is answered after it. */
  get lab(): Remote<Lab> {
    return this.remote;
  }

  /** Whether a program runs. */
  get running(): boolean {
    return this.end !== undefined;
  }

  /**
   * Has a program run; one before it is stopped.
   *
   * @param seconds - the time that a guest has
   * @throws Error if the worker broke down
   */
  async run<Outcome>(
    work: (lab: Remote<Lab>, tell: Tell) => Promise<Outcome>,
    tell: (event: RunEvent) => void,
    seconds: number,
  ): Promise<Outcome | Stopped> {
    this.stop("hand");
    let timer: ReturnType<typeof setTimeout> | undefined;
    let current = true;
    const watched = async (event: RunEvent) => {
      if (!current) return;
      if (event.kind === "progress") clearTimeout(timer);
      if (event.kind === "progress" && event.what.startsWith(RUNNING))
        timer = setTimeout(() => this.stop("time"), seconds * 1000);
      tell(event);
    };
    const ended = new Promise<Stopped>((resolve, reject) => {
      this.end = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
    });
    const { end } = this;
    try {
      return await Promise.race([work(this.remote, proxy(watched)), ended]);
    } finally {
      current = false;
      clearTimeout(timer);
      // Another run may have begun.
      if (this.end === end) this.end = undefined;
    }
  }

  /** Ends the program that runs, if one does. */
  stop(by: Stopped["by"]): void {
    if (!this.end) return;
    this.end({ kind: "stopped", by });
    this.end = undefined;
    this.worker.terminate();
    this.start();
  }

  private start(): void {
    this.worker = new Worker(new URL("../worker/worker.ts", import.meta.url), { type: "module" });
    this.worker.addEventListener("error", (event) => this.end?.(new Error(event.message || "the worker broke down")));
    this.remote = wrap<Lab>(this.worker);
  }
}
