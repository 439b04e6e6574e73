import type { PhysicalMemory } from "@kasan/mmu";

/**
 * Size of a CPU's state in the arena. Layout by byte:
 *
 *      0 u32 callStackTop      4 u32 callStackLimit    8 u32 resultHigh     12 u32 interrupts
 *     16 u64 stackPointer     24 u64 stackLow         32 u64 stackHigh
 *     40 u32 callStackEnd     44 u32 pid              48 u8[16] bounce
 *     64 u32 task             68 u32 SCTLR_EL1.TCF       72 u32 TFSR_EL1           76 i32 pageAllocSkip
 */
export const CPU_STATE_BYTES = 128;

/** Reasons to interrupt a CPU, bits of `interrupts`. */
export const Interrupt = {
  /** The guest's time is up. */
  TIMEOUT: 1,
  /** The machine has stopped. */
  HALT: 2,
} as const;

/** Maximum depth of the call stack, in calls: as many ordinary frames as fit in a kernel stack of 32 KB. */
export const CALL_STACK_WORDS = 2048;
/** Words beyond the limit, for the runtime's own entries. */
const CALL_STACK_SLACK = 16;
/** Size of a call stack in the arena, in bytes. */
export const CALL_STACK_BYTES = 4 * (CALL_STACK_WORDS + CALL_STACK_SLACK);

/**
 * Buffer offsets (bytes) of one CPU's state, compiled into guest code as constants. The machine chooses them; see
 * docs/architecture.md for the TLB format.
 */
export interface CpuLayout {
  /** Data TLB: entries of 16 bytes. */
  readonly dataTlb: number;
  /** Shadow TLB: entries of 16 bytes. */
  readonly shadowTlb: number;
  /** u32: buffer offset of the running function's call-stack slot. */
  readonly callStackTop: number;
  /** u32: a function whose slot is at or above this enters the machine: the stack is used up, or an interrupt is pending. */
  readonly callStackLimit: number;
  /** u64: the C stack pointer, a virtual address. */
  readonly stackPointer: number;
  /** u64: lowest address of the C stack. */
  readonly stackLow: number;
  /** u32: upper half of the 64-bit result of a kernel function that runs outside wasm. */
  readonly resultHigh: number;
  /** 16 bytes: buffer for assembling an access that crosses pages. */
  readonly bounce: number;
}

/** A CPU: the registers that guests and the kernel need. A view of the arena. */
export class Cpu {
  /** Number of the CPU, starting at 0. */
  readonly id: number;
  /** Offsets of this CPU's state, for guest code. */
  readonly layout: CpuLayout;
  private readonly u32: Uint32Array;
  private readonly i32: Int32Array;
  private readonly u64: BigUint64Array;
  private readonly base: number;

  /**
   * @param base - buffer offset of {@link CPU_STATE_BYTES} bytes, aligned to 8
   * @param tlbs - buffer offsets of the CPU's TLBs
   */
  constructor(memory: PhysicalMemory, id: number, base: number, tlbs: { data: number; shadow: number }) {
    this.id = id;
    this.base = base;
    this.u32 = memory.u32;
    this.i32 = memory.i32;
    this.u64 = new BigUint64Array(memory.u8.buffer, base, CPU_STATE_BYTES / 8);
    this.layout = {
      dataTlb: tlbs.data,
      shadowTlb: tlbs.shadow,
      callStackTop: base,
      callStackLimit: base + 4,
      resultHigh: base + 8,
      stackPointer: base + 16,
      stackLow: base + 24,
      bounce: base + 48,
    };
  }

  private word(byte: number): number {
    return (this.base + byte) >>> 2;
  }

  /** Sets the high half of a 64-bit result. @returns the low half, for the caller to return */
  result(low: number, high: number): number {
    this.u32[this.word(8)] = high;
    return low;
  }

  /** The high half of the last 64-bit result. */
  get resultHigh(): number {
    return this.u32[this.word(8)];
  }

  /** {@link Cpu.result} for a bigint. */
  resultOf(value: bigint): number {
    return this.result(Number(value & 0xffffffffn), Number((value >> 32n) & 0xffffffffn));
  }

  /** Buffer offset of the running function's call-stack slot; the words below it are its callers'. */
  get callStackTop(): number {
    return this.u32[this.word(0)];
  }
  /** Sets the top of the call stack. */
  set callStackTop(value: number) {
    this.u32[this.word(0)] = value;
  }

  /** Gives the CPU a call stack of `CALL_STACK_BYTES` at a buffer offset. */
  setCallStack(start: number): void {
    this.u32[this.word(0)] = start;
    this.u32[this.word(40)] = start + 4 * CALL_STACK_WORDS;
    Atomics.store(this.i32, this.word(4), this.callStackEnd);
    // An interrupt that arrived meanwhile lowered the other stack's limit.
    if (Atomics.load(this.i32, this.word(12)) !== 0) Atomics.store(this.i32, this.word(4), 0);
  }

  /** Buffer offset of the end of the call stack. */
  get callStackEnd(): number {
    return this.u32[this.word(40)];
  }

  /** Interrupts this CPU, from any thread. It notices at the next loop iteration or call. */
  interrupt(reason: number): void {
    Atomics.or(this.i32, this.word(12), reason);
    Atomics.store(this.i32, this.word(4), 0);
  }

  /** Whether an interrupt is pending. Does not clear it. */
  interrupted(reason: number): boolean {
    return (Atomics.load(this.i32, this.word(12)) & reason) !== 0;
  }

  /** Returns and clears the pending interrupts, and restores the call-stack limit. */
  takeInterrupts(): number {
    const pending = Atomics.exchange(this.i32, this.word(12), 0);
    Atomics.store(this.i32, this.word(4), this.callStackEnd);
    return pending;
  }

  /** The C stack pointer, a virtual address. */
  get stackPointer(): bigint {
    return this.u64[2];
  }
  /** Sets the C stack pointer. */
  set stackPointer(value: bigint) {
    this.u64[2] = value;
  }
  /** Lowest address of the C stack. */
  get stackLow(): bigint {
    return this.u64[3];
  }
  /** First address above the C stack. */
  get stackHigh(): bigint {
    return this.u64[4];
  }
  /** Gives the CPU an empty C stack. */
  setStack(low: bigint, high: bigint): void {
    this.u64[3] = low;
    this.u64[4] = high;
    this.u64[2] = high;
  }

  /** Record of the current task, as numbered by `Tasks`, + 1; 0: the idle task. */
  get task(): number {
    return this.u32[this.word(64)];
  }
  /** Sets {@link task}. */
  set task(value: number) {
    this.u32[this.word(64)] = value;
  }

  /** The effect of a tag check fault: `SCTLR_EL1.TCF`, 0 … 3. */
  get tagCheckFault(): number {
    return this.u32[this.word(68)];
  }
  /** Sets {@link tagCheckFault}. */
  set tagCheckFault(value: number) {
    this.u32[this.word(68)] = value;
  }

  /** `TFSR_EL1`: whether a tag check fault is recorded, 0 or 1. */
  get tagFaultStatus(): number {
    return this.u32[this.word(72)];
  }
  /** Sets {@link tagFaultStatus}. */
  set tagFaultStatus(value: number) {
    this.u32[this.word(72)] = value;
  }

  /** Counts a page allocation. @returns whether it is the one of every `sample` that gets a tag (kasan_sample_page_alloc) */
  samplesPages(sample: number): boolean {
    const left = --this.i32[this.word(76)];
    if (left < 0) this.i32[this.word(76)] = sample - 1;
    return left < 0;
  }

  /** Process id of the current task. */
  get pid(): number {
    return this.u32[this.word(44)];
  }
  /** Sets the process id of the current task. */
  set pid(value: number) {
    this.u32[this.word(44)] = value;
  }
}
