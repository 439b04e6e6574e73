import type { ShadowFault } from "@kasan/shadow";
import type { StackFrame } from "./frame.ts";
import type { ReportLine } from "./line.ts";
import type { TaskRef } from "./sections/access.ts";
import type { ReportedMachine } from "./sections/machine.ts";

/** The CPU's registers. Absent ones are not printed. */
export interface Registers {
  /** Where: the instruction pointer. */
  readonly ip: StackFrame;
  /** The link register, where the function would return to; x86 has none. */
  readonly lr?: StackFrame;
  /** The stack pointer. */
  readonly sp?: bigint;
  /** Any others by the names that the architecture's log shows: `RAX`, `CR2`, `badaddr`. */
  readonly others?: Readonly<Record<string, bigint>>;
}

/** A memory fault in its architecture's words (`show_fault_oops` in `arch/x86/mm/fault.c`, `die_kernel_fault` elsewhere). */
export interface FaultCause {
  /** Tells the causes apart. `general-protection`: x86's, for an address that is not canonical. */
  readonly kind: "page-fault" | "general-protection";
  /** The address. */
  readonly address: bigint;
  /** The lines before the oops line. */
  readonly lines: readonly ReportLine[];
  /** How the oops line starts, up to its counter. */
  readonly oops: string;
  /** KASAN's comment on the address, if it has one: see `explainShadowFault` of `@kasan/shadow`. */
  readonly shadowFault?: ShadowFault;
  /** Registers that say more of it. */
  readonly registers?: Readonly<Record<string, bigint>>;
}

/** A stack that grew into its guard page (`handle_stack_overflow` in `arch/x86/kernel/traps.c`). */
export interface StackGuardHit {
  /** Tells the causes apart. */
  readonly kind: "stack-guard";
  /** The address in the guard page. A real kernel prints all three hashed, unless booted with `no_hash_pointers`. */
  readonly address: bigint;
  /** The kind of stack; `TASK` by default. */
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
  /** The kernel's name for it: `divide error`, `Oops - illegal instruction`. */
  readonly name: string;
}

/** Why the kernel oopsed. */
export type OopsCause = FaultCause | StackGuardHit | BugTrap | OtherException;

/** The place, the task and the stack that every crash or warning shows. */
export interface CrashSite {
  /** The task that ran. */
  readonly task: TaskRef;
  /** Where it ran. */
  readonly machine: ReportedMachine;
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
  /** The number of the oops since boot, from 1, the default. */
  readonly count?: number;
  /** The kernel's build options as the oops line shows them; `PREEMPT SMP KASAN` by default. */
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
  /** The message of `WARN()`. */
  readonly message?: string;
}

/** A `panic()` that no oops led to. */
export interface Panic {
  /** Its message: `KASAN: panic_on_warn set ...`. */
  readonly message: string;
  /** The task that ran. */
  readonly task: TaskRef;
  /** Where it ran. */
  readonly machine: ReportedMachine;
  /** The call trace, innermost frame first. */
  readonly callTrace: readonly StackFrame[];
}
