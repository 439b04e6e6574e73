import { GuestStopped, TaskExit } from "../error.ts";
import type { KernelFunctions } from "../guest-interface.ts";
import { join } from "../guest-memory.ts";
import type { Machine } from "../machine.ts";

/** Errors as C sees them (include/uapi/asm-generic/errno-base.h). */
const EAGAIN = 11;
/** What is below a kernel thread's function on its stack. */
const BOTTOM = ["ret_from_fork_asm", "ret_from_fork"];

/** How a task's function came to its end, as `kasan_guest_task_run` returns it. */
const Ended = { RETURNED: 0, EXITED: 1, OOPSED: 2 } as const;

/**
 * Tasks, for the part of the kernel that is in C (packages/guest/lib/kthread.c), which decides what runs when. One
 * WebAssembly stack carries all tasks of a CPU: a task runs on top of the one that let it run, to its end.
 */
export function taskFunctions(machine: Machine): KernelFunctions {
  const { tasks, cpu, guestMemory } = machine;

  const run = (pid: number, pointer: bigint, argument: bigint): number => {
    const before = cpu.pid;
    tasks.switchTo(cpu, pid);
    const top = cpu.callStackTop;
    const { stackPointer } = cpu;
    try {
      machine.guest.pointer(pointer, argument);
      return Ended.RETURNED;
    } catch (error) {
      if (error instanceof TaskExit) return Ended.EXITED;
      if (!(error instanceof GuestStopped && error.reason === "oops")) throw error;
      if (!machine.tests.inTest) machine.oops.taskDied = true;
      return Ended.OOPSED;
    } finally {
      cpu.callStackTop = top;
      cpu.stackPointer = stackPointer;
      tasks.switchTo(cpu, before);
    }
  };

  return {
    /** Makes a task: its name. @returns its process id or a negative error */
    kasan_guest_task_create: {
      signature: "l:i",
      call: (low, high) => {
        const pid = tasks.create(guestMemory.string(join(low, high), 16), BOTTOM);
        return pid < 0 ? -EAGAIN : pid;
      },
    },
    /** Calls a function with an argument as a task: process id, function, argument. @returns how it {@link Ended} */
    kasan_guest_task_run: {
      signature: "ill:i",
      call: (pid, low, high, argumentLow, argumentHigh) =>
        tasks.has(pid) ? run(pid, join(low, high), join(argumentLow, argumentHigh)) : Ended.OOPSED,
    },
    /** Ends the running task's function. */
    kasan_guest_task_exit: {
      signature: ":v",
      call: () => {
        throw new TaskExit();
      },
    },
    /** Frees a task that does not run. */
    kasan_guest_task_free: {
      signature: "i:v",
      call: (pid) => {
        if (tasks.has(pid) && pid !== cpu.pid) tasks.remove(pid);
      },
    },
    /** The running task's `struct task_struct`, as it was set; NULL if it was not. */
    kasan_guest_current: { signature: ":l", call: () => cpu.resultOf(tasks.taskStruct(cpu)) },
    /** Sets a task's `struct task_struct`: process id, pointer. */
    kasan_guest_set_task: {
      signature: "il:v",
      call: (pid, low, high) => tasks.setTaskStruct(pid, join(low, high)),
    },
    kasan_guest_pid: { signature: ":i", call: () => cpu.pid },
    /** The running task's name into a buffer of 16 bytes. */
    kasan_guest_comm: {
      signature: "l:v",
      call: (low, high) => {
        const bytes = new Uint8Array(16);
        bytes.set(new TextEncoder().encode(tasks.current(cpu).comm).subarray(0, 15));
        guestMemory.write(join(low, high), bytes);
      },
    },
  };
}
