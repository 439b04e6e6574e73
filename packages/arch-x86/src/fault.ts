import { Access, type Explanation, type Fault, PageFlags } from "@kasan/mmu";
import { formatAddress } from "@kasan/shadow";

/** Bits of a page fault's error code (Intel SDM vol. 3A, 4.7; `arch/x86/include/asm/trap_pf.h`). */
export const PageFaultBits = {
  /** Set: the page is mapped and its protection violated. Clear: it is not present. */
  PROT: 1 << 0,
  /** A write. */
  WRITE: 1 << 1,
  /** In user mode. */
  USER: 1 << 2,
  /** A reserved bit is set in an entry. */
  RSVD: 1 << 3,
  /** An instruction fetch. */
  INSTR: 1 << 4,
  /** A protection key forbids it. */
  PK: 1 << 5,
  /** A shadow-stack access. */
  SHSTK: 1 << 6,
} as const;

/** The error code that x86 pushes for a fault, as {@link PageFaultBits}; 0 for a general protection fault. */
export function pageFaultErrorCode(fault: Fault): number {
  const { reason, access } = fault;
  if (reason === "non-canonical") return 0;
  return (
    (reason === "protection" || reason === "reserved-bit" ? PageFaultBits.PROT : 0) |
    (access & Access.WRITE ? PageFaultBits.WRITE : 0) |
    (access & Access.USER ? PageFaultBits.USER : 0) |
    (reason === "reserved-bit" ? PageFaultBits.RSVD : 0) |
    (access & Access.EXECUTE ? PageFaultBits.INSTR : 0)
  );
}

/** A fault as x86 raises it and Linux 6.12 reports it. */
export interface X86Fault {
  /** Page fault, general protection fault, or a bus error: no RAM there, which real hardware reports in its own ways. */
  readonly exception: "#PF" | "#GP" | "bus";
  /** The error code that comes with it. */
  readonly errorCode: number;
  /** The lines that Linux logs before the oops (`show_fault_oops` in `arch/x86/mm/fault.c`). */
  readonly lines: readonly string[];
  /** How the oops line starts, up to its counter: `Oops: Oops: 0002`. */
  readonly oops: string;
}

/** How Linux says what kind of page fault an error code is. The first bit that is set decides. */
function faultKind(errorCode: number): string {
  if (!(errorCode & PageFaultBits.PROT)) return "not-present page";
  if (errorCode & PageFaultBits.RSVD) return "reserved bit violation";
  if (errorCode & PageFaultBits.PK) return "protection keys violation";
  return "permissions violation";
}

/**
 * Puts a fault in the kernel's words.
 *
 * @param explanation How the address is translated; adds the line with each level's entry, and a remark on no-execute pages.
 */
export function describeFault(fault: Fault, explanation?: Explanation): X86Fault {
  const errorCode = pageFaultErrorCode(fault);
  const code = errorCode.toString(16).padStart(4, "0");
  if (fault.reason === "non-canonical") {
    const what = `general protection fault, probably for non-canonical address 0x${fault.address.toString(16)}`;
    return { exception: "#GP", errorCode, lines: [], oops: `Oops: ${what}: ${code}` };
  }
  if (fault.reason === "bus") return { exception: "bus", errorCode, lines: [], oops: `bus error: ${fault}` };
  return {
    exception: "#PF",
    errorCode,
    lines: pageFaultLines(fault, errorCode, explanation),
    oops: `Oops: Oops: ${code}`,
  };
}

function pageFaultLines(fault: Fault, errorCode: number, explanation: Explanation | undefined): string[] {
  const address = formatAddress(fault.address);
  const user = (errorCode & PageFaultBits.USER) !== 0;
  const what =
    errorCode & PageFaultBits.INSTR
      ? "instruction fetch"
      : errorCode & PageFaultBits.WRITE
        ? "write access"
        : "read access";
  const lines = explanation && errorCode & PageFaultBits.INSTR ? fetchRemarks(explanation) : [];
  lines.push(
    fault.address < 4096n && !user
      ? `BUG: kernel NULL pointer dereference, address: ${address}`
      : `BUG: unable to handle page fault for address: ${address}`,
    `#PF: ${user ? "user" : "supervisor"} ${what} in ${user ? "user" : "kernel"} mode`,
    `#PF: error_code(0x${errorCode.toString(16).padStart(4, "0")}) - ${faultKind(errorCode)}`,
  );
  if (explanation) lines.push(tableLine(explanation));
  return lines;
}

/** The first line that Linux logs when a mapped page could not be executed. */
function fetchRemarks({ reason, flags }: Explanation): string[] {
  if (reason !== undefined) return [];
  if (!(flags & PageFlags.EXEC)) {
    return ["kernel tried to execute NX-protected page - exploit attempt? (uid: 0)"];
  }
  return flags & PageFlags.USER ? ["unable to execute userspace code (SMEP?) (uid: 0)"] : [];
}

/**
 * The entries on the way to an address, as `dump_pagetable` prints them: `PGD 1fa067 P4D 1fa067 PUD 1fb067 PMD 0 `. With 4
 * levels the PGD entry stands for the P4D entry too.
 */
export function tableLine({ steps }: Explanation): string {
  const shown = steps.map(({ name, entry }) => ({ name, entry }));
  if (steps[0]?.shift === 39) shown.splice(1, 0, { name: "P4D", entry: steps[0].entry });
  return shown.map(({ name, entry }) => `${name} ${entry.toString(16)}${name === "PTE" ? "" : " "}`).join("");
}
