import type { PhysicalMemory } from "@kasan/mmu";
import { PAGE_SIZE, vpnOf } from "@kasan/shadow";
import { CALL_STACK_BYTES, type Cpu } from "./cpu.ts";
import type { Machine } from "./machine.ts";
import { Gfp } from "./pages/gfp.ts";

/** Bytes of a task's stack: 32 KB, twice the usual, as KASAN kernels have it (THREAD_SIZE of x86). */
export const THREAD_SIZE = 32 * 1024;
const STACK_ORDER = 3;
const MAX_TASKS = 64;
const TASK_BYTES = 64;
/** The first process id of tasks that guests start. */
const FIRST_PID = 101;
/** Bytes of a task's name with its NUL (TASK_COMM_LEN). */
const COMM_BYTES = 16;

/** Bytes of the arena that tasks need. */
export const TASKS_BYTES = MAX_TASKS * (TASK_BYTES + CALL_STACK_BYTES);

/** A task as data. */
export interface Task {
  /** Process id. */
  readonly pid: number;
  /** Name, at most 15 bytes. */
  readonly comm: string;
}

/**
 * Tasks: each has a name, a C stack in vmalloc space and a call stack in the arena. A record in the arena, bytes:
 *
 *      0 u32 pid | 4 u32 saved call-stack top (buffer offset) | 8 u64 stack low | 16 u64 saved stack pointer
 *     24 u8[16] comm | 40 u64 address of the guest's struct task_struct
 *
 * What is saved counts while the task is off the CPU.
 */
export class Tasks {
  private readonly machine: Machine;
  private readonly u32: Uint32Array;
  private readonly u8: Uint8Array;
  private readonly u64: BigUint64Array;
  private readonly base: number;
  private nextPid = FIRST_PID;

  constructor(ram: PhysicalMemory, base: number, machine: Machine) {
    this.machine = machine;
    this.u32 = ram.u32;
    this.u8 = ram.u8;
    this.u64 = new BigUint64Array(ram.u8.buffer);
    this.base = base;
  }

  private record(index: number): number {
    return this.base + index * TASK_BYTES;
  }

  private callStack(index: number): number {
    return this.base + MAX_TASKS * TASK_BYTES + index * CALL_STACK_BYTES;
  }

  /** Makes the first task, which has the CPU from then on. @returns false if memory is short */
  start(cpu: Cpu, pid: number, comm: string, bottom: readonly string[]): boolean {
    const index = this.make(pid, comm, bottom);
    if (index < 0) return false;
    this.load(cpu, index);
    return true;
  }

  /**
   * Makes a task that is off the CPU.
   *
   * @param bottom - the functions that its call stack begins with, outermost first
   * @returns its process id; -1 if memory is short or there are too many tasks
   */
  create(comm: string, bottom: readonly string[]): number {
    if (this.make(this.nextPid, comm, bottom) < 0) return -1;
    return this.nextPid++;
  }

  private make(pid: number, comm: string, bottom: readonly string[]): number {
    const index = this.freeRecord();
    if (index < 0) return -1;
    const vpn = this.allocateStack();
    if (vpn < 0) return -1;
    const at = this.record(index);
    let top = this.callStack(index);
    for (const name of bottom) {
      this.u32[top >>> 2] = this.machine.symbols.returnWord(name);
      top += 4;
    }
    this.u32[at >>> 2] = pid;
    this.u32[(at >>> 2) + 1] = top;
    this.u64[(at >>> 3) + 1] = BigInt(vpn) << 12n;
    this.u64[(at >>> 3) + 2] = (BigInt(vpn) << 12n) + BigInt(THREAD_SIZE);
    this.u8.fill(0, at + 24, at + 24 + COMM_BYTES);
    this.u8.set(new TextEncoder().encode(comm).subarray(0, COMM_BYTES - 1), at + 24);
    this.u64[(at >>> 3) + 5] = 0n;
    return index;
  }

  /** @returns the first page of a stack, or -1 */
  private allocateStack(): number {
    const { machine } = this;
    const gfp = Gfp.KERNEL | Gfp.ZERO;
    if (!machine.vmapStack) {
      const pfn = machine.buddy.allocate(STACK_ORDER, gfp);
      return pfn < 0 ? -1 : vpnOf(machine.virtual(pfn * PAGE_SIZE));
    }
    const caller = machine.symbols.returnWord("kernel_clone");
    return machine.vmalloc.allocate({ size: THREAD_SIZE, align: THREAD_SIZE, gfp, caller });
  }

  private freeStack(vpn: number): void {
    const { machine } = this;
    if (machine.vmapStack) machine.vmalloc.free(vpn);
    else machine.buddy.free(machine.space.lookup(vpn), STACK_ORDER);
  }

  /** Gives the CPU to another task. Both must exist. */
  switchTo(cpu: Cpu, pid: number): void {
    const from = this.record(this.find(cpu.pid));
    this.u32[(from >>> 2) + 1] = cpu.callStackTop;
    this.u64[(from >>> 3) + 2] = cpu.stackPointer;
    this.load(cpu, this.find(pid));
  }

  private load(cpu: Cpu, index: number): void {
    const at = this.record(index);
    const low = this.u64[(at >>> 3) + 1];
    cpu.pid = this.u32[at >>> 2];
    cpu.setStack(low, low + BigInt(THREAD_SIZE));
    cpu.stackPointer = this.u64[(at >>> 3) + 2];
    cpu.setCallStack(this.callStack(index));
    cpu.callStackTop = this.u32[(at >>> 2) + 1];
  }

  /** Frees a task that is off the CPU, and its stack. */
  remove(pid: number): void {
    const at = this.record(this.find(pid));
    this.u32[at >>> 2] = 0;
    this.freeStack(Number(this.u64[(at >>> 3) + 1] >> 12n));
  }

  private freeRecord(): number {
    for (let i = 0; i < MAX_TASKS; i++) if (this.u32[this.record(i) >>> 2] === 0) return i;
    return -1;
  }

  private find(pid: number): number {
    for (let i = 0; i < MAX_TASKS; i++) if (pid !== 0 && this.u32[this.record(i) >>> 2] === pid) return i;
    return -1;
  }

  /** Whether there is such a task. */
  has(pid: number): boolean {
    return this.find(pid) >= 0;
  }

  /** The task that runs on a CPU; `swapper/0`, pid 0, before the first was started. */
  current(cpu: Cpu): Task {
    const index = this.find(cpu.pid);
    if (index < 0) return { pid: 0, comm: "swapper/0" };
    const at = this.record(index) + 24;
    const bytes = this.u8.slice(at, at + COMM_BYTES);
    return { pid: cpu.pid, comm: new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0))) };
  }

  /** The address of the running task's `struct task_struct`; 0 if the guest has set none. */
  taskStruct(cpu: Cpu): bigint {
    const index = this.find(cpu.pid);
    return index < 0 ? 0n : this.u64[(this.record(index) >>> 3) + 5];
  }

  /** Sets {@link Tasks.taskStruct} of a task. */
  setTaskStruct(pid: number, address: bigint): void {
    const index = this.find(pid);
    if (index >= 0) this.u64[(this.record(index) >>> 3) + 5] = address;
  }

  /** Buffer offset of the running task's call stack. */
  callStackOf(cpu: Cpu): number {
    const index = this.find(cpu.pid);
    return index < 0 ? cpu.callStackTop : this.callStack(index);
  }
}
