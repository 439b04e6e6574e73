import type { Explanation, Fault } from "@kasan/mmu";
import type { FaultCause, ReportStyle } from "@kasan/report";
import type { ShadowFault } from "@kasan/shadow";

/** The circumstances of a fault. */
export interface FaultSite {
  /** How the address is translated. */
  readonly explanation: Explanation;
  /**
   * The access whose check may have read this address, if the address can be shadow. The architecture decides whether its kernel
   * prints that (`kasan_non_canonical_hook` in `mm/kasan/report.c`).
   */
  readonly shadowFault?: ShadowFault;
  /** Whether the task has user memory (`current->mm`): not a kernel thread. */
  readonly mm?: boolean;
}

/** Exceptions other than memory faults that a guest's code can raise. */
export type ExceptionName =
  /** A division by zero, or of the lowest number by -1. Only where {@link Platform.division} traps. */
  | "divide"
  /** An atomic access that is not aligned. */
  | "alignment"
  /** An instruction that does not exist (`__builtin_trap`). */
  | "illegal-instruction"
  /** An indirect call to a function of another type (kCFI, IBT). */
  | "indirect-call";

/**
 * How an architecture's kernel words what it logs: reports, oopses, call traces. Lists of functions are parts of a call
 * stack; each says which end comes first.
 */
export interface KernelWords {
  /** How logs are worded. */
  readonly style: ReportStyle;
  /** The same where KASAN keeps tags in `page->flags`; {@link style} if absent. */
  readonly tagsStyle?: ReportStyle;
  /** Whether reports describe the page of one of the kernel's own variables: whether `virt_addr_valid` holds for it. Not if absent. */
  readonly imagePages?: boolean;
  /** The functions between `dump_stack()` and the place that prints, innermost first. */
  readonly dumpStack: readonly string[];
  /** The functions between `stack_trace_save()`'s caller and a saved stack's first frame, innermost first; none by default. */
  readonly savedStack?: readonly string[];
  /** The functions below a kernel thread's function, outermost first. */
  readonly thread: readonly string[];
  /** The functions below a system call's function, outermost first. */
  readonly entry: readonly string[];
  /** The prefix of the functions that implement system calls: `__x64_sys_`. */
  readonly syscall: string;
  /** The kernel's name for each exception. */
  readonly exceptions: Readonly<Record<ExceptionName, string>>;
  /** Words a memory fault. */
  fault(fault: Fault, site: FaultSite): FaultCause;
}
