import { GuestStopped, Machine, runTask } from "@kasan/kernel";
import { Loader } from "../load/loader.ts";
import { MessageQueue } from "./message-queue.ts";
import { type Output, Sender, sendDefect } from "./outputs.ts";
import type { Plugins } from "./plugins.ts";
import { type ThreadData, Threads, type ThreadsParts } from "./threads.ts";

/** What a host thread does: it runs tasks of one CPU of the guest's machine, until there are no more. */
export async function runThread(data: ThreadData): Promise<void> {
  const queue = new MessageQueue<Output>(data.queue);
  try {
    const parts: ThreadsParts = {
      loader: () => loader,
      plugins: data.plugins,
      queue: () => queue,
      drain: () => {},
    };
    const threads = new Threads(parts, data.pool);
    const machine = await view(data, threads, new Sender(queue));
    const loader = Loader.view(machine, data.image);
    runTasks(machine, threads, data.slot, queue);
  } catch (error) {
    sendDefect(queue, textOf(error));
  }
}

/** Creates this thread's view of the machine. */
async function view(data: ThreadData, threads: Threads, sender: Sender): Promise<Machine> {
  const source = (await import(data.plugins.module)) as { plugins(data: unknown): Plugins | Promise<Plugins> };
  const plugins = await source.plugins(data.plugins.data);
  const { onVmallocShadow, ...outputs } = sender.outputs;
  const events = data.shadowEvents ? { onVmallocShadow } : {};
  const options = { ...data.options, ...plugins, ...outputs, ...events, threads };
  const machine = Machine.view(options, data.memory, data.cpu);
  sender.attach(machine);
  return machine;
}

function runTasks(machine: Machine, threads: Threads, slot: number, queue: MessageQueue<Output>): void {
  try {
    for (let index = threads.next(slot); index >= 0; index = threads.next(slot)) {
      runTask(machine, index, () => threads.done(slot, index));
    }
  } catch (error) {
    machine.abandonLocks();
    if (error instanceof GuestStopped) machine.stop(error.reason);
    else {
      sendDefect(queue, textOf(error));
      machine.stop("panic");
    }
  }
}

const textOf = (error: unknown): string => (error as Error).stack ?? String(error);
