import type { KernelWords } from "@kasan/platform";
import { DEFAULT_STYLE, type ReportStyle } from "@kasan/report";
import { LEVEL } from "@kasan/report/words";
import { X86_CRASHES } from "./crash.ts";
import { describeFault } from "./fault.ts";

/** Linux 6.12 on x86-64, without NUMA. */
export const X86_64_STYLE: ReportStyle = { ...DEFAULT_STYLE, crash: X86_CRASHES };

/** How Linux 6.12 words what it logs on x86-64. */
export const X86_WORDS: KernelWords = {
  style: X86_64_STYLE,
  imagePages: true,
  dumpStack: ["dump_stack_lvl"],
  thread: ["ret_from_fork_asm", "ret_from_fork"],
  entry: ["entry_SYSCALL_64_after_hwframe", "do_syscall_64"],
  syscall: "__x64_sys_",
  exceptions: {
    divide: "divide error",
    alignment: "alignment check",
    "illegal-instruction": "invalid opcode",
    "indirect-call": "control protection",
  },
  fault(fault, { explanation, shadowFault }) {
    const { address } = fault;
    const { exception, lines: texts, oops } = describeFault(fault, explanation);
    // The last line is the entries of the page tables.
    const lines = texts.map((text, i) => ({ level: i === texts.length - 1 ? LEVEL.INFO : LEVEL.ALERT, text }));
    if (exception === "#GP") {
      return { kind: "general-protection", address, lines, oops, ...(shadowFault && { shadowFault }) };
    }
    return { kind: "page-fault", address, lines, oops, registers: { CR2: address } };
  },
};
