import { Access, type Fault } from "@kasan/mmu";
import { formatAddress } from "@kasan/shadow";

/** Exceptions of memory accesses: `scause` (privileged architecture, table 4.2; `arch/riscv/include/asm/csr.h`). */
export const Cause = {
  /** Instruction access fault: no memory there. */
  INSTRUCTION_ACCESS: 1,
  /** Load access fault. */
  LOAD_ACCESS: 5,
  /** Store or AMO access fault. */
  STORE_ACCESS: 7,
  /** Instruction page fault. */
  INSTRUCTION_PAGE: 12,
  /** Load page fault. */
  LOAD_PAGE: 13,
  /** Store or AMO page fault. */
  STORE_PAGE: 15,
} as const;

/** The words of `arch/riscv/kernel/traps.c` for access faults. */
const ACCESS_FAULTS: Readonly<Record<number, string>> = {
  [Cause.INSTRUCTION_ACCESS]: "Oops - instruction access fault",
  [Cause.LOAD_ACCESS]: "Oops - load access fault",
  [Cause.STORE_ACCESS]: "Oops - store (or AMO) access fault",
};

/** A fault as riscv64 raises it and Linux 6.12 reports it. */
export interface Riscv64Fault {
  /** `scause`, one of {@link Cause}. */
  readonly cause: number;
  /** The lines that Linux logs before the oops (`die_kernel_fault` in `arch/riscv/mm/fault.c`). */
  readonly lines: readonly string[];
  /** How the oops line starts, up to its counter: `Oops`, `Oops - load access fault`. */
  readonly oops: string;
}

/** The circumstances of a fault, for {@link describeFault}. */
export interface FaultContext {
  /** Whether the task has an address space of its own: then the kernel tells user addresses apart. False by default. */
  readonly mm?: boolean;
  /** The end of user addresses. */
  readonly taskSize: bigint;
}

/** Puts a fault in the kernel's words. */
export function describeFault(fault: Fault, { mm = false, taskSize }: FaultContext): Riscv64Fault {
  const { access, reason, address } = fault;
  if (reason === "bus") {
    const cause =
      access & Access.EXECUTE
        ? Cause.INSTRUCTION_ACCESS
        : access & Access.WRITE
          ? Cause.STORE_ACCESS
          : Cause.LOAD_ACCESS;
    return { cause, lines: [], oops: ACCESS_FAULTS[cause]! };
  }
  const cause =
    access & Access.EXECUTE ? Cause.INSTRUCTION_PAGE : access & Access.WRITE ? Cause.STORE_PAGE : Cause.LOAD_PAGE;
  return {
    cause,
    lines: [
      `Unable to handle kernel ${whatFailed(address, mm, taskSize)} at virtual address ${formatAddress(address)}`,
    ],
    oops: "Oops",
  };
}

/** `handle_page_fault` and `no_context`. */
function whatFailed(address: bigint, mm: boolean, taskSize: bigint): string {
  if (mm && address < taskSize) return "access to user memory without uaccess routines";
  return address < 4096n ? "NULL pointer dereference" : "paging request";
}
