import type { KernelWords } from "@kasan/platform";
import { DEFAULT_STYLE, type ReportStyle } from "@kasan/report";
import { LEVEL, lines } from "@kasan/report/words";
import { RISCV64_CRASHES } from "./crash.ts";
import { describeFault } from "./fault.ts";

/** Linux 6.12 on riscv64, without NUMA. */
export const RISCV64_STYLE: ReportStyle = {
  ...DEFAULT_STYLE,
  stackNames: false,
  traceAddresses: true,
  crash: RISCV64_CRASHES,
};

/** `sstatus` of a trap from the kernel with interrupts on: UXL of 64 bits, SPP, SPIE (privileged architecture, 4.1.1). */
const STATUS = 0x2_0000_0120n;

/**
 * How Linux 6.12 words what it logs on riscv64.
 *
 * @param taskSize Where user addresses end.
 */
export const riscv64Words = (taskSize: bigint): KernelWords => ({
  style: RISCV64_STYLE,
  imagePages: true,
  dumpStack: ["dump_backtrace", "show_stack", "dump_stack_lvl"],
  savedStack: ["stack_trace_save"],
  thread: ["ret_from_fork"],
  entry: ["handle_exception", "do_trap_ecall_u"],
  syscall: "__riscv_sys_",
  exceptions: {
    // Division never traps (M extension).
    divide: "Oops - unknown exception",
    alignment: "Oops - store (or AMO) address misaligned",
    "illegal-instruction": "Oops - illegal instruction",
    "indirect-call": "Kernel BUG",
  },
  fault(fault, { mm = false }) {
    const { address } = fault;
    const { cause, lines: texts, oops } = describeFault(fault, { mm, taskSize });
    return {
      kind: "page-fault",
      address,
      lines: lines(LEVEL.ALERT, ...texts),
      oops,
      registers: { status: STATUS, badaddr: address, cause: BigInt(cause) },
    };
  },
});
