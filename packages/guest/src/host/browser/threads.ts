import type { Cpu } from "@kasan/kernel";
import { interruptWords } from "../../run/interrupt-words.ts";
import type { ThreadData } from "../../run/threads.ts";
import type { Request } from "./requests.ts";
import { settings } from "./settings.ts";

/** What takes requests. */
interface Helper {
  postMessage(request: Request): void;
}

let helper: Helper | undefined;
let starting: Promise<void> | undefined;
/** Why there is no helper. */
let broken = "nothing has made threads ready";

/** In a thread: what has been started for the first one. */
export function helpedBy(other: Helper): void {
  helper = other;
}

/** Starts the helper, if this is a worker of a page that may share memory. It stays for the next guests. */
export function readyThreads(): Promise<void> {
  starting ??= cannotWait() === undefined ? startHelper() : Promise.resolve();
  return starting;
}

async function startHelper(): Promise<void> {
  try {
    helper = await started(new URL("browser/helper.js", settings.assets));
  } catch (error) {
    broken = `the worker for its threads does not start: ${(error as Error).message}`;
  }
}

/** Why there can be no threads. */
export const noThreads = (): string | undefined => cannotWait() ?? (helper ? undefined : broken);

export const startThread = (data: ThreadData): void => helper?.postMessage({ kind: "start", data });

export const endThreads = (): void => helper?.postMessage({ kind: "end" });

/** Sets the helper's alarm. @returns what clears it */
export function interruptAfter(seconds: number, buffer: SharedArrayBuffer, cpus: readonly Cpu[]): () => void {
  const alarm = { buffer, cpus: cpus.map(interruptWords), milliseconds: seconds * 1000 };
  helper?.postMessage({ kind: "alarm", alarm });
  return () => helper?.postMessage({ kind: "alarm", alarm: undefined });
}

/** Why this thread cannot share memory with others, and wait for them. */
function cannotWait(): string | undefined {
  if (!globalThis.crossOriginIsolated)
    return "the page is not isolated; serve it with the headers `Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Embedder-Policy: require-corp`";
  return "document" in globalThis ? "a page's own thread must not wait; run the program in a worker" : undefined;
}

/**
 * A worker that has started: it has answered. Chromium holds what is sent to a worker until the sender has been told that its script has
 * run, which the script's own first message may precede.
 */
function started(url: URL): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(url, { type: "module", name: "helper" });
    worker.onmessage = () => resolve(worker);
    worker.postMessage({ kind: "hello" } satisfies Request);
    worker.onerror = ({ message }) => reject(new Error(message || `${url} cannot be loaded`));
  });
}
