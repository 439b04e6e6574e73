/** A host thread that runs tasks of one CPU of the guest's machine. */
import { workerData } from "node:worker_threads";
import { GuestStopped, Machine, runTask } from "@kasan/kernel";
import { Loader } from "../load/loader.ts";
import { Sender } from "./outputs.ts";
import type { Plugins } from "./plugins.ts";
import { type ThreadData, Threads, type ThreadsParts } from "./threads.ts";

const data = workerData as ThreadData;
const sender = new Sender(data.port);

/** Creates this thread's view of the machine. */
async function view(threads: Threads): Promise<Machine> {
  const source = (await import(data.plugins.module)) as { plugins(data: unknown): Plugins | Promise<Plugins> };
  const plugins = await source.plugins(data.plugins.data);
  const { onVmallocShadow, ...outputs } = sender.outputs;
  const events = data.shadowEvents ? { onVmallocShadow } : {};
  const options = { ...data.options, ...plugins, ...outputs, ...events, threads };
  const machine = Machine.view(options, data.memory, data.cpu);
  sender.attach(machine);
  return machine;
}

function runTasks(machine: Machine, threads: Threads): void {
  try {
    for (let index = threads.next(data.slot); index >= 0; index = threads.next(data.slot)) {
      runTask(machine, index, () => threads.done(data.slot, index));
    }
  } catch (error) {
    machine.abandonLocks();
    if (error instanceof GuestStopped) machine.stop(error.reason);
    else {
      sender.sendDefect((error as Error).stack ?? String(error));
      machine.stop("panic");
    }
  }
}

try {
  const parts: ThreadsParts = {
    loader: () => loader,
    plugins: data.plugins,
    addPort: (port) => sender.sendPort(port),
    drain: () => {},
  };
  const threads = new Threads(parts, data.pool);
  const machine = await view(threads);
  const loader = Loader.view(machine, data.image);
  runTasks(machine, threads);
} catch (error) {
  // The first thread, which waits for this one, finds the message and gives up.
  sender.sendDefect((error as Error).stack ?? String(error));
}
