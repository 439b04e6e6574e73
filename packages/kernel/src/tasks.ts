import type { PhysicalMemory } from "@kasan/mmu";
import { CALL_STACK_BYTES, type Cpu } from "./cpu.ts";
import type { Machine } from "./machine.ts";
import { Gfp } from "./pages/gfp.ts";

/** Bytes of a task's stack: 32 KB, twice the usual, as KASAN kernels have it (THREAD_SIZE of x86). */
export const THREAD_SIZE = 32 * 1024;
const MAX_TASKS = 16;
const TASK_BYTES = 64;

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
 *     0 u32 pid | 4 u32 call stack (buffer offset) | 8 u64 stack low | 16 u64 stack high | 24 u8[16] comm
 */
export class Tasks {
  private readonly machine: Machine;
  private readonly u32: Uint32Array;
  private readonly u8: Uint8Array;
  private readonly u64: BigUint64Array;
  private readonly base: number;

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

  /**
   * Makes a task and gives it the CPU. `bottom` names the functions that its call stack begins with, outermost first.
   *
   * @returns false if memory is short or there are too many tasks
   */
  start(cpu: Cpu, pid: number, comm: string, bottom: readonly string[]): boolean {
    const index = this.freeRecord();
    if (index < 0) return false;
    const caller = this.machine.symbols.returnWord("kernel_clone");
    const gfp = Gfp.KERNEL | Gfp.ZERO;
    const vpn = this.machine.vmalloc.allocate({ size: THREAD_SIZE, align: THREAD_SIZE, gfp, caller });
    if (vpn < 0) return false;
    const at = this.record(index);
    const callStack = this.base + MAX_TASKS * TASK_BYTES + index * CALL_STACK_BYTES;
    this.u32[at >>> 2] = pid;
    this.u32[(at >>> 2) + 1] = callStack;
    this.u64[(at >>> 3) + 1] = BigInt(vpn) << 12n;
    this.u64[(at >>> 3) + 2] = (BigInt(vpn) << 12n) + BigInt(THREAD_SIZE);
    this.u8.fill(0, at + 24, at + 40);
    this.u8.set(new TextEncoder().encode(comm).subarray(0, 15), at + 24);
    cpu.pid = pid;
    cpu.setStack(this.u64[(at >>> 3) + 1], this.u64[(at >>> 3) + 2]);
    cpu.setCallStack(callStack);
    for (const name of bottom) {
      this.u32[cpu.callStackTop >>> 2] = this.machine.symbols.returnWord(name);
      cpu.callStackTop += 4;
    }
    return true;
  }

  private freeRecord(): number {
    for (let i = 0; i < MAX_TASKS; i++) if (this.u32[this.record(i) >>> 2] === 0) return i;
    return -1;
  }

  private find(pid: number): number {
    for (let i = 0; i < MAX_TASKS; i++) if (pid !== 0 && this.u32[this.record(i) >>> 2] === pid) return i;
    return -1;
  }

  /** The task that runs on a CPU; `swapper/0`, pid 0, before the first was started. */
  current(cpu: Cpu): Task {
    const index = this.find(cpu.pid);
    if (index < 0) return { pid: 0, comm: "swapper/0" };
    const at = this.record(index) + 24;
    const bytes = this.u8.slice(at, at + 16);
    return { pid: cpu.pid, comm: new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0))) };
  }

  /** Buffer offset of the running task's call stack. */
  callStackOf(cpu: Cpu): number {
    const index = this.find(cpu.pid);
    return index < 0 ? cpu.callStackTop : this.u32[(this.record(index) >>> 2) + 1];
  }
}
