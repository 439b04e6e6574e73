import { proxy, type Remote, wrap } from "comlink";
import type { Lab, RunEvent, RunOutcome, RunRequest } from "../protocol.ts";

/** A run that the page ended. */
export interface Stopped {
  readonly kind: "stopped";
  /** Who ended it: a person, or the time that it had. */
  readonly by: "hand" | "time";
}

/** Runs programs in a worker. Ending the worker is what stops a guest: it blocks the worker's thread. */
export class Runner {
  private worker!: Worker;
  /** What the worker does. */
  lab!: Remote<Lab>;
  private end: ((outcome: Stopped | Error) => void) | undefined;

  constructor() {
    this.start();
  }

  /** Whether a program runs. */
  get running(): boolean {
    return this.end !== undefined;
  }

  /**
   * Runs a program; a run before it is stopped.
   *
   * @throws Error if the worker broke down
   */
  async run(request: RunRequest, tell: (event: RunEvent) => void): Promise<RunOutcome | Stopped> {
    this.stop("hand");
    let timer: ReturnType<typeof setTimeout> | undefined;
    let current = true;
    const watched = async (event: RunEvent) => {
      if (!current) return;
      // Compiling has no limit: clang may have to be fetched.
      if (event.kind === "progress" && event.what === "running")
        timer ??= setTimeout(() => this.stop("time"), Number(request.settings.timeout) * 1000);
      tell(event);
    };
    const ended = new Promise<Stopped>((resolve, reject) => {
      this.end = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
    });
    try {
      return await Promise.race([this.lab.run(request, proxy(watched)), ended]);
    } finally {
      current = false;
      clearTimeout(timer);
      this.end = undefined;
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
    this.lab = wrap<Lab>(this.worker);
  }
}
