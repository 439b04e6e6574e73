import type { PhysicalMemory } from "@kasan/mmu";
import type { KernelPages } from "../mm/kernel-pages.ts";
import { CALL_STACK_BYTES, type Cpu } from "../smp/cpu.ts";
import { type TaskStacks, threadSize } from "./task-stacks.ts";

/** Maximum number of tasks. */
export const MAX_TASKS = 64;
const TASK_BYTES = 64;
/** Header before the records: the number of process ids handed out. */
const HEADER_BYTES = 64;
/** `cpu.task` of the first task. */
const FIRST_TASK = 1;
/** The first process id of tasks that guests start. */
const FIRST_PID = 101;
/** Size of a task's name including the NUL (TASK_COMM_LEN). */
const COMM_BYTES = 16;

/** Bytes of the arena that tasks need for the given number of CPUs. */
export const tasksBytes = (cpus: number): number => HEADER_BYTES + (MAX_TASKS + cpus) * (TASK_BYTES + CALL_STACK_BYTES);

/** The function that a task runs. */
export interface TaskFunction {
  /** The function. */
  readonly pointer: bigint;
  /** Its argument. */
  readonly argument: bigint;
}

/** A task as data. */
export interface Task {
  /** Process id. */
  readonly pid: number;
  /** Name, at most 15 bytes. */
  readonly comm: string;
}

/** The parts of a machine that {@link Tasks} use. */
export interface TaskParts {
  /** Number of CPUs. */
  readonly cpus: number;
  /** The page tables, in units of the kernel's pages. */
  readonly kernelPages: KernelPages;
  /** Allocates stacks. */
  readonly taskStacks: TaskStacks;
  /** Call-stack words of kernel functions by name. */
  readonly symbols: { returnWords(...names: string[]): Uint32Array };
  /** Receives new tasks: one that has its CPU from the start, and others. */
  readonly scheduler: { begin(index: number): void; add(index: number, cpu: number): void };
  /** Stops the kernel. */
  readonly oops: { panic(message: string): never };
}

/**
 * Tasks. Each has a name, a C stack in vmalloc space and a call stack in the arena. Layout of a record in the arena, by byte:
 *
 *      0 u32 pid | 4 u32 saved call-stack top (buffer offset) | 8 u64 stack low | 16 u64 saved stack pointer
 *     24 u8[16] comm | 40 u64 address of the guest's struct task_struct | 48 u64 function | 56 u64 argument
 *
 * The saved values are valid while the task is off the CPU. The CPUs' idle tasks have records after those of the tasks.
 */
export class Tasks {
  private readonly parts: TaskParts;
  private readonly stackBytes: number;
  private readonly ram: PhysicalMemory;
  private readonly u32: Uint32Array;
  private readonly i32: Int32Array;
  private readonly u8: Uint8Array;
  private readonly u64: BigUint64Array;
  private readonly base: number;

  /** @param base - buffer offset of {@link tasksBytes} bytes, a multiple of 8 */
  constructor(ram: PhysicalMemory, base: number, pageSize: number, parts: TaskParts) {
    this.parts = parts;
    this.stackBytes = threadSize(pageSize);
    this.ram = ram;
    this.u32 = ram.u32;
    this.i32 = ram.i32;
    this.u8 = ram.u8;
    this.u64 = new BigUint64Array(ram.u8.buffer);
    this.base = base;
  }

  private record(index: number): number {
    return this.base + HEADER_BYTES + index * TASK_BYTES;
  }

  private callStack(index: number): number {
    return this.record(MAX_TASKS + this.parts.cpus) + index * CALL_STACK_BYTES;
  }

  private writesRecord(index: number): void {
    this.ram.wrote(this.record(index), TASK_BYTES);
  }

  /** A task that runs writes its call stack, which nothing else notes. */
  private writesCallStack(index: number): void {
    this.ram.wrote(this.callStack(index), CALL_STACK_BYTES);
  }

  /** Creates the first task, which has the CPU from then on. @returns false if memory is short */
  start(cpu: Cpu, pid: number, comm: string, bottom: readonly string[]): boolean {
    const index = this.make(pid, comm, bottom);
    if (index < 0) return false;
    this.parts.scheduler.begin(index);
    this.load(cpu, index);
    return true;
  }

  /**
   * Creates a task that is off the CPU.
   *
   * @param bottom - the functions at the bottom of its call stack, outermost first
   * @param cpu - where it will run
   * @param kept - how many records must be left for others
   * @returns its record; -1 if memory is short or there are too many tasks
   */
  create(comm: string, bottom: readonly string[], cpu: number, kept = 0): number {
    if (this.hasAtMost(kept)) return -1;
    this.ram.wrote(this.base, 4);
    const pid = FIRST_PID + Atomics.add(this.i32, this.base >>> 2, 1);
    const index = this.make(pid, comm, bottom);
    if (index >= 0) this.parts.scheduler.add(index, cpu);
    return index;
  }

  private make(pid: number, comm: string, bottom: readonly string[]): number {
    const index = this.takeRecord(pid);
    if (index < 0) return -1;
    const vpn = this.parts.taskStacks.allocate();
    if (vpn < 0) {
      this.writesRecord(index);
      this.u32[this.record(index) >>> 2] = 0;
      return -1;
    }
    this.describe(index, vpn, comm, bottom);
    return index;
  }

  /** Whether so many records or fewer are free. */
  private hasAtMost(count: number): boolean {
    let free = 0;
    for (let i = 0; i < MAX_TASKS && free <= count; i++) if (this.u32[this.record(i) >>> 2] === 0) free++;
    return free <= count;
  }

  /** Claims a free record for a process id; -1 if there is none. */
  private takeRecord(pid: number): number {
    for (let i = 0; i < MAX_TASKS; i++) {
      this.writesRecord(i);
      if (Atomics.compareExchange(this.i32, this.record(i) >>> 2, 0, pid) === 0) return i;
    }
    return -1;
  }

  private describe(index: number, vpn: number, comm: string, bottom: readonly string[]): void {
    const at = this.record(index);
    this.writesRecord(index);
    this.u32[(at >>> 2) + 1] = this.setBottom(index, bottom);
    const low = this.parts.kernelPages.addressOf(vpn);
    this.u64[(at >>> 3) + 1] = low;
    this.u64[(at >>> 3) + 2] = low + BigInt(this.stackBytes);
    this.setComm(index, comm);
    this.u64[(at >>> 3) + 5] = 0n;
  }

  /** Writes the functions at the bottom of a task's call stack, which has no others. @returns the stack's top */
  private setBottom(index: number, bottom: readonly string[]): number {
    this.writesCallStack(index);
    let top = this.callStack(index);
    for (const word of this.parts.symbols.returnWords(...bottom)) {
      this.u32[top >>> 2] = word;
      top += 4;
    }
    return top;
  }

  private setComm(index: number, comm: string): void {
    const at = this.record(index) + 24;
    this.u8.fill(0, at, at + COMM_BYTES);
    this.u8.set(new TextEncoder().encode(comm).subarray(0, COMM_BYTES - 1), at);
  }

  /**
   * Gives the running task another name, and other functions at the bottom of its call stack, which has no others: as if it had executed
   * another program, and that were in a system call.
   */
  become(cpu: Cpu, comm: string, bottom: readonly string[]): void {
    const index = cpu.task - 1;
    this.writesRecord(index);
    this.setComm(index, comm);
    cpu.callStackTop = this.setBottom(index, bottom);
  }

  /** Sets the function, and its argument, that a task will run. */
  setFunction(index: number, pointer: bigint, argument: bigint): void {
    const at = this.record(index) >>> 3;
    this.writesRecord(index);
    this.u64[at + 6] = pointer;
    this.u64[at + 7] = argument;
  }

  /** The function that a task runs. */
  functionOf(index: number): TaskFunction {
    const at = this.record(index) >>> 3;
    return { pointer: this.u64[at + 6], argument: this.u64[at + 7] };
  }

  /** Saves the context of the task running on a CPU. */
  save(cpu: Cpu, index: number): void {
    const at = this.record(index);
    this.writesRecord(index);
    this.u32[(at >>> 2) + 1] = cpu.callStackTop;
    this.u64[(at >>> 3) + 2] = cpu.stackPointer;
  }

  /** Restores a task's saved context on a CPU. */
  load(cpu: Cpu, index: number): void {
    const at = this.record(index);
    const low = this.u64[(at >>> 3) + 1];
    this.writesCallStack(index);
    cpu.pid = index < MAX_TASKS ? this.u32[at >>> 2] : 0;
    cpu.task = index + 1;
    cpu.setStack(low, low + BigInt(this.stackBytes));
    cpu.stackPointer = this.u64[(at >>> 3) + 2];
    cpu.setCallStack(this.callStack(index));
    cpu.callStackTop = this.u32[(at >>> 2) + 1];
  }

  /** Called when a CPU's task ends; its idle task has no stack until it needs one. */
  leave(cpu: Cpu): void {
    cpu.pid = 0;
    cpu.task = 0;
  }

  /** Switches a CPU to its idle task. */
  loadIdle(cpu: Cpu): void {
    const index = MAX_TASKS + cpu.id;
    const at = this.record(index);
    if (this.u64[(at >>> 3) + 1] === 0n) {
      const vpn = this.parts.taskStacks.allocate();
      if (vpn < 0) this.parts.oops.panic("no memory for the idle task's stack");
      this.describe(index, vpn, `swapper/${cpu.id}`, []);
    }
    this.load(cpu, index);
  }

  /** Frees a task that is off the CPU, and its stack. */
  remove(index: number): void {
    const at = this.record(index);
    this.parts.taskStacks.free(this.parts.kernelPages.pageOf(this.u64[(at >>> 3) + 1]));
    this.writesRecord(index);
    Atomics.store(this.i32, at >>> 2, 0);
  }

  /** The record of the task with a process id; -1 if there is none. */
  find(pid: number): number {
    for (let i = 0; i < MAX_TASKS; i++) if (pid !== 0 && this.u32[this.record(i) >>> 2] === pid) return i;
    return -1;
  }

  /** A task's process id. */
  pidOf(index: number): number {
    return this.u32[this.record(index) >>> 2];
  }

  /** The task running on a CPU; `swapper/0`, pid 0, if there is none. */
  current(cpu: Cpu): Task {
    if (cpu.task === 0) return { pid: 0, comm: `swapper/${cpu.id}` };
    const at = this.record(cpu.task - 1) + 24;
    const bytes = this.u8.slice(at, at + COMM_BYTES);
    return { pid: cpu.pid, comm: new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0))) };
  }

  /** Whether the running task has user memory: only the first one, which loads the guest. The others are kernel threads. */
  hasUserMemory(cpu: Cpu): boolean {
    return cpu.task === FIRST_TASK;
  }

  /** The address of the running task's `struct task_struct`; 0 if the guest has set none. */
  taskStruct(cpu: Cpu): bigint {
    return cpu.task === 0 ? 0n : this.u64[(this.record(cpu.task - 1) >>> 3) + 5];
  }

  /** Sets a task's {@link Tasks.taskStruct}. */
  setTaskStruct(index: number, address: bigint): void {
    this.writesRecord(index);
    this.u64[(this.record(index) >>> 3) + 5] = address;
  }

  /** Notes that the running task writes its call stack. */
  notesCallStack(cpu: Cpu): void {
    if (cpu.task !== 0) this.writesCallStack(cpu.task - 1);
  }

  /** Buffer offset of the running task's call stack. */
  callStackOf(cpu: Cpu): number {
    return cpu.task === 0 ? cpu.callStackTop : this.callStack(cpu.task - 1);
  }
}
