import type { Kernel } from "./kernel.ts";
import { needOffset } from "./layout.ts";
import { listNodes } from "./list.ts";

/** A task of a kernel: a thread, or the thread that a process began with. */
export interface KernelTask {
  /** The address of its `struct task_struct`. */
  readonly address: bigint;
  /** Its id. */
  readonly pid: number;
  /** Its process's id. */
  readonly tgid: number;
  /** Its name. */
  readonly comm: string;
  /** The lowest address of its stack. */
  readonly stack: bigint;
}

/** Tasks that are followed at most. */
const MOST_TASKS = 2 ** 17;
/** Bytes of a stack (`THREAD_SIZE`): twice as many with a KASAN that instruments stacks. */
const STACK_BYTES = 16384;

/**
 * The tasks of a kernel: the first, then each process with its threads.
 *
 * @throws ImageError `IMAGE_TYPES` if the kernel has no types, which say where a task has its members
 */
export function tasksOf(kernel: Kernel): readonly KernelTask[] {
  return kernel.once("tasks", () => {
    const first = kernel.symbol("init_task");
    if (first === undefined) return [];
    const tasks = needOffset(kernel, "task_struct", "tasks");
    const leaders = [first, ...Array.from(listNodes(kernel.memory, first + tasks, MOST_TASKS), (node) => node - tasks)];
    const found = new Map<bigint, KernelTask>();
    for (const address of leaders.flatMap((leader) => [leader, ...threadsOf(kernel, leader)])) {
      const task = found.has(address) ? undefined : kernel.attempt(() => readTask(kernel, address));
      if (task) found.set(address, task);
    }
    return [...found.values()];
  });
}

/** The task whose stack an address lies in. */
export function stackOwner(kernel: Kernel, address: bigint): KernelTask | undefined {
  const bytes = BigInt(stackBytes(kernel));
  return tasksOf(kernel).find(({ stack }) => stack <= address && address < stack + bytes);
}

/** Bytes of a task's stack. */
export function stackBytes({ image }: Kernel): number {
  return image.kasan === "generic" || image.kasan === "sw_tags" ? STACK_BYTES * 2 : STACK_BYTES;
}

function threadsOf(kernel: Kernel, leader: bigint): bigint[] {
  const { memory } = kernel;
  const threads = kernel.attempt(() => {
    const signal = memory.u64(leader + needOffset(kernel, "task_struct", "signal"));
    const node = needOffset(kernel, "task_struct", "thread_node");
    const head = signal + needOffset(kernel, "signal_struct", "thread_head");
    return Array.from(listNodes(memory, head, MOST_TASKS), (thread) => thread - node);
  });
  return threads ?? [];
}

function readTask(kernel: Kernel, address: bigint): KernelTask {
  const { memory } = kernel;
  const at = (member: string) => address + needOffset(kernel, "task_struct", member);
  return {
    address,
    pid: memory.s32(at("pid")),
    tgid: memory.s32(at("tgid")),
    comm: memory.text(at("comm"), 16),
    stack: memory.untagged(memory.u64(at("stack"))),
  };
}
