import type { ShadowFault } from "@kasan/shadow";
import type { StackFrame } from "./frame.ts";
import type { TaskRef } from "./sections/access.ts";
import type { Machine } from "./sections/machine.ts";

/** What the CPU and its registers said. What is absent is not printed; what is x86's alone, not on arm64. */
export interface Registers {
  /** Where: the instruction pointer. */
  readonly ip: StackFrame;
  /** arm64: the link register, where the function would return to. */
  readonly lr?: StackFrame;
  /** The code segment's selector; 0x10, the kernel's, by default. */
  readonly cs?: number;
  /** The stack pointer. */
  readonly sp?: bigint;
  /** The stack segment's selector; 0x18 by default. */
  readonly ss?: number;
  /** EFLAGS. */
  readonly flags?: bigint;
  /** General registers by their names in a log: `RAX`, `R08`. */
  readonly general?: Readonly<Partial<Record<GeneralRegister, bigint>>>;
  /** The address of the last page fault. */
  readonly cr2?: bigint;
}

/** The general registers in the order, and by the names, in which a log shows them. */
export const GENERAL_REGISTERS = [
  "RAX",
  "RBX",
  "RCX",
  "RDX",
  "RSI",
  "RDI",
  "RBP",
  "R08",
  "R09",
  "R10",
  "R11",
  "R12",
  "R13",
  "R14",
  "R15",
] as const;

/** A name in {@link GENERAL_REGISTERS}. */
export type GeneralRegister = (typeof GENERAL_REGISTERS)[number];

/** A general protection fault (`exc_general_protection` in `arch/x86/kernel/traps.c`). */
export interface ProtectionFault {
  /** Tells the causes apart. */
  readonly kind: "general-protection";
  /** The address that the kernel found in the instruction, if it found one. */
  readonly address?: bigint;
  /** Whether that address is non-canonical, which is then probably why. */
  readonly nonCanonical?: boolean;
  /** The CPU's error code: the segment's selector if one is to blame; 0, the default, if not. */
  readonly errorCode?: number;
  /** What the address tells about a check that read it: see `explainShadowFault` of `@kasan/shadow`. */
  readonly shadowFault?: ShadowFault;
}

/** A page fault (`show_fault_oops` in `arch/x86/mm/fault.c`). */
export interface PageFault {
  /** Tells the causes apart. */
  readonly kind: "page-fault";
  /** The address. */
  readonly address: bigint;
  /** The CPU's error code: bits 0 present, 1 write, 2 user, 3 reserved bit, 4 instruction fetch, 5 protection key. */
  readonly errorCode: number;
  /** The page-table entries on the way to it: PGD, P4D, PUD, PMD, PTE, as far as the walk came. */
  readonly entries: readonly bigint[];
}

/** An abort in its architecture's own words (`die_kernel_fault` in `arch/arm64/mm/fault.c`). */
export interface Abort {
  /** Tells the causes apart. */
  readonly kind: "abort";
  /** What is logged before the oops line. */
  readonly lines: readonly string[];
  /** How the oops line starts, up to its counter. */
  readonly oops: string;
}

/** A stack that grew into its guard page (`handle_stack_overflow` in `arch/x86/kernel/traps.c`). */
export interface StackGuardHit {
  /** Tells the causes apart. */
  readonly kind: "stack-guard";
  /** The address in the guard page. A real kernel prints all three hashed, unless booted with `no_hash_pointers`. */
  readonly address: bigint;
  /** Which stack; `TASK` by default. */
  readonly stack?: string;
  /** First address of the stack. */
  readonly begin: bigint;
  /** The address after it. */
  readonly end: bigint;
}

/** A `BUG()` (`report_bug` in `lib/bug.c`). */
export interface BugTrap {
  /** Tells the causes apart. */
  readonly kind: "bug";
  /** The source file and line of the `BUG()`. */
  readonly file: string;
  /** Line in that file, from 1. */
  readonly line: number;
}

/** Any other exception. */
export interface OtherException {
  /** Tells the causes apart. */
  readonly kind: "exception";
  /** The kernel's name for it: `divide error`, `invalid opcode`. */
  readonly name: string;
  /** The CPU's error code; 0 by default. */
  readonly errorCode?: number;
}

/** Why the kernel oopsed. */
export type OopsCause = ProtectionFault | PageFault | Abort | StackGuardHit | BugTrap | OtherException;

/** The place, the task and the stack that every crash or warning shows. */
export interface CrashSite {
  /** The task that ran. */
  readonly task: TaskRef;
  /** Where it ran. */
  readonly machine: Machine;
  /** Its registers. */
  readonly registers: Registers;
  /** The call trace, innermost frame first. */
  readonly callTrace: readonly StackFrame[];
  /** Loaded modules, as printed: `kasan_test(N)`. */
  readonly modules: readonly string[];
}

/** An oops: the kernel killed a task, or itself. */
export interface Oops extends CrashSite {
  /** Why. */
  readonly cause: OopsCause;
  /** Which oops since boot it is, from 1, the default. */
  readonly count?: number;
  /** What the kernel was built with, as the oops line shows it; `PREEMPT SMP KASAN` by default. */
  readonly config?: readonly string[];
  /** The panic that followed: `Fatal exception`. */
  readonly panic?: string;
}

/** A `WARN_ON()` (without a message) or `WARN()` (`__warn` in `kernel/panic.c`). The kernel goes on. */
export interface Warning extends CrashSite {
  /** The source file of the warning. */
  readonly file: string;
  /** Line in that file, from 1. */
  readonly line: number;
  /** What `WARN()` was told to say. */
  readonly message?: string;
}

/** A `panic()` that no oops led to. */
export interface Panic {
  /** What it says: `KASAN: panic_on_warn set ...`. */
  readonly message: string;
  /** The task that ran. */
  readonly task: TaskRef;
  /** Where it ran. */
  readonly machine: Machine;
  /** The call trace, innermost frame first. */
  readonly callTrace: readonly StackFrame[];
}
