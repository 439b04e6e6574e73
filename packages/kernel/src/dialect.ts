import type { Architecture } from "@kasan/mmu";
import { ARM64_STYLE, ARM64_TAGS_STYLE, type ReportStyle, X86_64_STYLE } from "@kasan/report";

/** What call traces and logs of one architecture's kernel show in their own way. Frames of a stack: outermost first. */
export interface Dialect {
  /** How logs are worded. */
  readonly style: ReportStyle;
  /** How they are where KASAN uses tags, which page flags then hold. */
  readonly tagsStyle: ReportStyle;
  /** What a call trace that is printed starts with, innermost first. */
  readonly dumpStack: readonly string[];
  /** What is below a kernel thread's function. */
  readonly thread: readonly string[];
  /** What is below a system call's function, whose name starts with `syscall`. */
  readonly entry: readonly string[];
  /** The prefix of system calls' functions. */
  readonly syscall: string;
}

const X86: Dialect = {
  style: X86_64_STYLE,
  tagsStyle: X86_64_STYLE,
  dumpStack: ["dump_stack_lvl"],
  thread: ["ret_from_fork_asm", "ret_from_fork"],
  entry: ["entry_SYSCALL_64_after_hwframe", "do_syscall_64"],
  syscall: "__x64_sys_",
};

const ARM64: Dialect = {
  style: ARM64_STYLE,
  tagsStyle: ARM64_TAGS_STYLE,
  dumpStack: ["dump_backtrace", "show_stack", "dump_stack_lvl"],
  thread: ["ret_from_fork"],
  entry: ["el0t_64_sync", "el0t_64_sync_handler", "el0_svc", "do_el0_svc", "el0_svc_common", "invoke_syscall"],
  syscall: "__arm64_sys_",
};

/** An architecture's dialect: x86's for one that names none that is known. */
export const dialectOf = ({ kernelName }: Architecture): Dialect => (kernelName === "arm64" ? ARM64 : X86);
