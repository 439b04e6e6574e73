import { proxy, type Remote, wrap } from "comlink";
import type { Lab, RunEvent, Tell } from "../protocol.ts";

/** Work that the page ended. */
export interface Stopped {
  readonly kind: "stopped";
  /** What ended it: a person, the time that it had, or work that came after it. */
  readonly by: "hand" | "time" | "next";
}

/** Progress of guests begins with this word. Compiling has no limit: clang may have to be fetched. */
const RUNNING = "running";

/** A worker and what it does. */
interface Hired {
  readonly worker: Worker;
  readonly lab: Remote<Lab>;
}

/** Has work done by a worker. Ending the worker is what stops a guest: it blocks the worker's thread. */
export class Runner {
  private hired: Hired | undefined;
  private end: ((outcome: Stopped | Error) => void) | undefined;

  constructor() {
    this.hired = this.hire();
  }

  /** What the worker does at once. What is asked while a program runs is answered after it. */
  get lab(): Remote<Lab> {
    this.hired ??= this.hire();
    return this.hired.lab;
  }

  /** Whether there is work that has not ended. */
  get working(): boolean {
    return this.end !== undefined;
  }

  /**
   * Has work done; work before it is stopped.
   *
   * @param seconds - the time that a guest has
   * @throws Error if the worker broke down
   */
  async run<Outcome>(
    work: (lab: Remote<Lab>, tell: Tell) => Promise<Outcome>,
    tell: (event: RunEvent) => void,
    seconds: number,
  ): Promise<Outcome | Stopped> {
    this.stop("next");
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
      return await Promise.race([work(this.lab, proxy(watched)), ended]);
    } finally {
      current = false;
      clearTimeout(timer);
      // Other work may have begun.
      if (this.end === end) this.end = undefined;
    }
  }

  /** Ends the work that is done, if there is any. */
  stop(by: Stopped["by"]): void {
    if (!this.end) return;
    this.dismiss({ kind: "stopped", by });
    // The next work need not wait for its worker.
    this.hired = this.hire();
  }

  private hire(): Hired {
    const worker = new Worker(new URL("../worker/worker.ts", import.meta.url), { type: "module" });
    // Another is hired when there is work for it: one that cannot be loaded would break down without end.
    worker.addEventListener("error", ({ message }) => {
      if (this.hired?.worker === worker) this.dismiss(new Error(message || "its worker could not be loaded"));
    });
    return { worker, lab: wrap<Lab>(worker) };
  }

  private dismiss(outcome: Stopped | Error): void {
    this.end?.(outcome);
    this.end = undefined;
    this.hired?.worker.terminate();
    this.hired = undefined;
  }
}
