import { GuestStopped, TaskExit } from "../error.ts";
import type { Counters } from "../smp/counters.ts";
import type { Cpu } from "../smp/cpu.ts";
import type { GuestCalls } from "./guest-calls.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Tasks } from "./tasks.ts";

/** How a task's function ended, as returned by `kasan_guest_task_run`. */
export const Ended = {
  /** It returned. */
  RETURNED: 0,
  /** It called do_exit() or similar. */
  EXITED: 1,
  /** It died of an oops. */
  OOPSED: 2,
} as const;

/** The parts of a machine used to run a task. */
export interface RunParts {
  /** The CPU this view belongs to. */
  readonly cpu: Cpu;
  /** Tasks and their stacks. */
  readonly tasks: Tasks;
  /** Schedules tasks on CPUs. */
  readonly scheduler: Scheduler;
  /** Guest code. */
  readonly guest: GuestCalls;
  /** Counters shared by all CPUs. */
  readonly counters: Counters;
  /** Whether a KUnit test is running, which may provoke an oops. */
  readonly tests: { readonly inTest: boolean };
  /** Releases the locks that this CPU holds, when the code that would release them does not continue. */
  abandonLocks(): void;
}

/** Calls a function as the task that has the CPU. Catches what ends the task, but not what ends the machine. */
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
 * Calls a function as a task on top of the one that has the CPU: a softirq, which must run to its end.
 *
 * @returns how it ended
 */
export function runNested(machine: RunParts, index: number, pointer: bigint, argument: bigint): number {
  const { tasks, cpu } = machine;
  const before = cpu.task - 1;
  // Not saved in the task's record: a waiting task on top of which this runs has its context there.
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
 * Runs a task in its thread from start to end: waits for the CPU, calls the task's function, tells the guest's kernel
 * (`kasan_guest_task_ended`), and releases the CPU and the task's record.
 *
 * @param done - called when the thread may get another task, before it passes the CPU on
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
    // An oops here means that the task destroyed its own descriptor.
    if (!(error instanceof GuestStopped && error.reason === "oops")) throw error;
    machine.abandonLocks();
  }
  done();
  scheduler.exit(index);
}
