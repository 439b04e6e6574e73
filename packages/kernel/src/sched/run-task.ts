import { GuestStopped, TaskExit } from "../error.ts";
import type { Counters } from "../smp/counters.ts";
import type { Cpu } from "../smp/cpu.ts";
import type { GuestCalls } from "./guest-calls.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Tasks } from "./tasks.ts";

/** How a task's function came to its end, as `kasan_guest_task_run` returns it. */
export const Ended = {
  /** It returned. */
  RETURNED: 0,
  /** It called do_exit() or the like. */
  EXITED: 1,
  /** It died of an oops. */
  OOPSED: 2,
} as const;

/** What running a task uses of a machine. */
export interface RunParts {
  /** The CPU that this view is for. */
  readonly cpu: Cpu;
  /** Tasks and their stacks. */
  readonly tasks: Tasks;
  /** Which task runs where, and when. */
  readonly scheduler: Scheduler;
  /** Guests' code. */
  readonly guest: GuestCalls;
  /** Numbers that the CPUs share. */
  readonly counters: Counters;
  /** Whether a KUnit test runs, which is to blame for an oops. */
  readonly tests: { readonly inTest: boolean };
  /** Gives back the locks that this CPU holds: the code that would do so does not go on. */
  abandonLocks(): void;
}

/** Calls a function as the task that has the CPU. What ends only the task is caught; what ends the machine is not. */
function call(machine: RunParts, pointer: bigint, argument: bigint): number {
  try {
    machine.guest.pointer(pointer, argument);
    return Ended.RETURNED;
  } catch (error) {
    if (error instanceof TaskExit) return Ended.EXITED;
    if (!(error instanceof GuestStopped && error.reason === "oops")) throw error;
    machine.abandonLocks();
    if (!machine.tests.inTest) machine.counters.set("taskDied", 1);
    return Ended.OOPSED;
  }
}

/**
 * Calls a function as a task, on top of the one that has the CPU: a softirq, which must come to its end.
 *
 * @returns how it ended
 */
export function runNested(machine: RunParts, index: number, pointer: bigint, argument: bigint): number {
  const { tasks, cpu } = machine;
  const before = cpu.task - 1;
  // Not into the task's record: a task that waits, on top of which this runs, has its context there.
  const { callStackTop: topBefore, stackPointer: stackPointerBefore } = cpu;
  tasks.load(cpu, index);
  const top = cpu.callStackTop;
  const { stackPointer } = cpu;
  try {
    return call(machine, pointer, argument);
  } finally {
    cpu.callStackTop = top;
    cpu.stackPointer = stackPointer;
    tasks.save(cpu, index);
    tasks.load(cpu, before);
    cpu.callStackTop = topBefore;
    cpu.stackPointer = stackPointerBefore;
  }
}

/**
 * A task's whole life in its thread: waits for the CPU, calls the task's function, tells the guest's kernel
 * (`kasan_guest_task_ended`), gives the CPU up and the task's record back.
 *
 * @param done - is called when the thread may get another task, before it passes the CPU on
 * @throws {@link GuestStopped} if the machine stopped, or the task stopped it
 */
export function runTask(machine: RunParts, index: number, done: () => void): void {
  const { tasks, cpu, scheduler } = machine;
  scheduler.waitFor(index);
  tasks.load(cpu, index);
  const top = cpu.callStackTop;
  const { stackPointer } = cpu;
  const { pointer, argument } = tasks.functionOf(index);
  call(machine, pointer, argument);
  cpu.callStackTop = top;
  cpu.stackPointer = stackPointer;
  try {
    machine.guest.named("kasan_guest_task_ended", tasks.taskStruct(cpu));
  } catch (error) {
    // What it tells about itself it has destroyed.
    if (!(error instanceof GuestStopped && error.reason === "oops")) throw error;
    machine.abandonLocks();
  }
  done();
  scheduler.exit(index);
}
