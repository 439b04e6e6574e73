import { TaskExit } from "../../error.ts";
import { addressOfWord } from "../../log/call-stacks.ts";
import { join } from "../../mm/guest-memory.ts";
import { Ended, type RunParts, runNested } from "../../sched/run-task.ts";
import { Wake } from "../../sched/scheduler.ts";
import type { ApiMachine } from "../machine.ts";
import { type KernelFunctions, kernelFunction } from "../signature.ts";

/** Errno values (include/uapi/asm-generic/errno-base.h). */
const EAGAIN = 11;
/** A deadline that never comes, as passed from C (KTIME_MAX). */
const NEVER = 2 ** 62;
/** How long the boot waits for what may never come, in ns: as long as a kernel's hung-task detector (lib/Kconfig.debug). */
const BOOT_PATIENCE = 120e9;

const NO_PREFIX = new Uint32Array();

/** The parts of a machine that run tasks. */
type TaskMachine = RunParts &
  Pick<ApiMachine, "guestMemory" | "cpus" | "words" | "stacks" | "architecture" | "clock" | "oops">;

/** Task functions for the part of the kernel that is in C (packages/guest/lib/task.c, schedule.c, rcu.c). */
export function taskFunctions(machine: TaskMachine): KernelFunctions {
  const { tasks, cpu, guestMemory, scheduler } = machine;
  const time = (low: number, high: number): number => high * 2 ** 32 + (low >>> 0);

  return {
    /** Creates a task. Arguments: its name, its CPU or -1 for the next in turn. @returns its process id or a negative error */
    kasan_guest_task_create: kernelFunction("li:i", (low, high, wanted) => {
      const on = wanted < 0 ? scheduler.nextCpu() : wanted % machine.cpus;
      // Tasks of any CPU leave room for those that each CPU needs: without ksoftirqd, its softirqs would run as what they interrupt.
      const kept = wanted < 0 ? machine.cpus : 0;
      const index = tasks.create(guestMemory.string(join(low, high), 16), machine.words.thread, on, kept);
      return index < 0 ? -EAGAIN : tasks.pidOf(index);
    }),
    /** Binds a task that has not started to a CPU. Arguments: process id, CPU. */
    kasan_guest_task_bind: kernelFunction("ii:v", (pid, on) => {
      const index = tasks.find(pid);
      if (index >= 0) scheduler.bind(index, (on >>> 0) % machine.cpus);
    }),
    /** Starts a task; calls `kasan_guest_task_ended` when it ends. Arguments: process id, function, argument. */
    kasan_guest_task_start: kernelFunction("ill:v", (pid, low, high, argumentLow, argumentHigh) => {
      const index = tasks.find(pid);
      if (index < 0) return;
      tasks.setFunction(index, join(low, high), join(argumentLow, argumentHigh));
      scheduler.start(index);
    }),
    /** Runs a function as a task that has not started, on top of the running one. Arguments: process id, function, argument. */
    kasan_guest_task_run: kernelFunction("ill:i", (pid, low, high, argumentLow, argumentHigh) => {
      const index = tasks.find(pid);
      if (index < 0) return Ended.OOPSED;
      return runNested(machine, index, join(low, high), join(argumentLow, argumentHigh));
    }),
    /** Ends the running task's function. */
    kasan_guest_task_exit: kernelFunction(":v", () => {
      throw new TaskExit();
    }),
    /** Frees a task that was never started. */
    kasan_guest_task_free: kernelFunction("i:v", (pid) => {
      const index = tasks.find(pid);
      if (index >= 0 && pid !== cpu.pid) tasks.remove(index);
    }),
    /** The return address of a function on the call stack. Argument: how many calls above the caller; 0 if there is none. */
    kasan_guest_return_address: kernelFunction("i:l", (level) => {
      const word = machine.stacks.words(cpu, NO_PREFIX)[1 + level];
      return cpu.resultOf(word === undefined ? 0n : addressOfWord(machine.architecture, word));
    }),
    /** The running task's `struct task_struct`, or NULL if none was set. */
    kasan_guest_current: kernelFunction(":l", () => cpu.resultOf(tasks.taskStruct(cpu))),
    /** Sets a task's `struct task_struct`. Arguments: process id, pointer. */
    kasan_guest_set_task: kernelFunction("il:v", (pid, low, high) => {
      const index = tasks.find(pid);
      if (index >= 0) tasks.setTaskStruct(index, join(low, high));
    }),
    kasan_guest_pid: kernelFunction(":i", () => cpu.pid),
    /** Copies the running task's name to a buffer of 16 bytes. */
    kasan_guest_comm: kernelFunction("l:v", (low, high) => {
      const bytes = new Uint8Array(16);
      bytes.set(new TextEncoder().encode(tasks.current(cpu).comm).subarray(0, 15));
      guestMemory.write(join(low, high), bytes);
    }),

    /**
     * The running task is about to check the condition it waits for. Arguments: the address it waits on, whether it may wait
     * forever.
     */
    kasan_guest_prepare: kernelFunction("li:v", (low, high, daemon) => scheduler.prepare(low, high, daemon !== 0)),
    /** The task does not need to wait after all. */
    kasan_guest_cancel: kernelFunction(":v", () => scheduler.cancel()),
    /** Waits until woken, or until a time in ns on the machine's clock. @returns a `Wake` */
    kasan_guest_park: kernelFunction("l:i", (low, high) => {
      const deadline = time(low, high);
      if (deadline < NEVER) return scheduler.park(deadline);
      if (!machine.oops.onBootEnd) return scheduler.park(Number.POSITIVE_INFINITY);
      // Timers that fire again and again hide that nobody is left to wake the task.
      const why = scheduler.park(machine.clock.now + BOOT_PATIENCE);
      return why === Wake.TIME ? Wake.DEADLOCK : why;
    }),
    /** Wakes all tasks that wait on an address. */
    kasan_guest_unpark: kernelFunction("l:v", (low, high) => scheduler.unpark(low, high)),
    /** Lets other tasks run. */
    kasan_guest_yield: kernelFunction(":v", () => scheduler.yield()),
    /** Spins waiting for another CPU. */
    kasan_guest_pause: kernelFunction(":v", () => scheduler.pause()),
    /** cpu_relax(). */
    kasan_guest_relax: kernelFunction(":v", () => scheduler.relax()),
    kasan_guest_reschedule: kernelFunction(":i", () => Number(scheduler.reschedule())),
    /** Sets when the first timer fires, in ns; 0: no timer is pending. */
    kasan_guest_set_timer: kernelFunction("l:v", (low, high) => {
      scheduler.timer = time(low, high);
    }),
    /** A callback starts waiting for a grace period. @returns the number of that period */
    kasan_guest_rcu_start: kernelFunction(":i", () => scheduler.gracePeriods.start()),
    /** Number of grace periods that are over. */
    kasan_guest_rcu_done: kernelFunction(":i", () => scheduler.gracePeriods.done),
    /** Sets the first grace period that callbacks wait for; 0: none. */
    kasan_guest_rcu_wanted: kernelFunction("i:v", (number) => {
      scheduler.gracePeriods.wanted = number;
    }),
  };
}
