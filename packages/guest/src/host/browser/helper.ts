/**
 * A worker with an event loop of its own, for one that a guest keeps busy: a worker that another one makes may not start before that one
 * returns to its event loop, and timers do not fire.
 */
import { Interrupt } from "@kasan/kernel";
import { MessageQueue } from "../../run/message-queue.ts";
import { sendDefect } from "../../run/outputs.ts";
import type { ThreadData } from "../../run/threads.ts";
import type { Alarm, Request } from "./requests.ts";

/** The longest time of a timer; longer ones would fire at once. */
const LONGEST = 2 ** 31 - 1;

const threads = new Set<Worker>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** Does what is asked, by the worker that has this one, or by a thread. */
function serve({ data: request }: MessageEvent<Request>): void {
  if (request.kind === "hello") postMessage("ready");
  else if (request.kind === "start") start(request.data);
  else if (request.kind === "end") end();
  else set(request.alarm);
}

function start(data: ThreadData): void {
  const thread = new Worker(new URL("./thread.js", import.meta.url), { type: "module", name: `cpu ${data.cpu}` });
  thread.onmessage = serve;
  thread.onerror = ({ message }) => {
    sendDefect(new MessageQueue(data.queue), message || "its script cannot be loaded");
  };
  thread.postMessage(data);
  threads.add(thread);
}

function end(): void {
  for (const thread of threads) thread.terminate();
  threads.clear();
}

function set(alarm: Alarm | undefined): void {
  clearTimeout(timer);
  if (alarm) timer = setTimeout(() => interrupt(alarm), Math.min(alarm.milliseconds, LONGEST));
}

function interrupt({ buffer, cpus }: Alarm): void {
  const words = new Int32Array(buffer);
  for (const { interrupts, limit } of cpus) {
    Atomics.or(words, interrupts >>> 2, Interrupt.TIMEOUT);
    Atomics.store(words, limit >>> 2, 0);
  }
}

addEventListener("message", serve);
