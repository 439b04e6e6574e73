import type { Architecture } from "@kasan/mmu";

/** A note of an ELF core. */
export interface CoreNote {
  /** The note's owner: `CORE`, `QEMU`, `VMCOREINFO`. */
  readonly owner: string;
  /** Its type, of the owner's. */
  readonly type: number;
  /** Its contents. */
  readonly data: Uint8Array;
}

/** A CPU's registers by name, as QEMU's `info registers` spells them in lower case: `rip`, `cr3`; `pc`, `x0`. Each 0 … 2^64-1. */
export type CoreRegisters = Readonly<Record<string, bigint>>;

/** A machine whose memory is to be written to a core. */
export interface DumpedMachine {
  /** Its page-table format. */
  readonly architecture: Architecture;
  /** Physical addresses of the root tables. */
  readonly roots: readonly number[];
  /** Each CPU's stack pointer. */
  readonly stackPointers: readonly bigint[];
}

/** An architecture's ELF cores of a machine's memory. */
export interface CoreFormat {
  /** `e_machine` (include/uapi/linux/elf-em.h). */
  readonly elfMachine: number;
  /** Bytes of a CPU's `struct elf_prstatus` note. */
  readonly statusBytes: number;
  /** The registers in it, from byte 112 on, 8 bytes each, in the order of `struct user_regs_struct`. */
  readonly registers: readonly string[];
  /** Notes for a CPU besides that one: QEMU's own. */
  cpuNotes?(registers: CoreRegisters): CoreNote[];
  /** The registers of each CPU that say where the page tables are, and its stack. */
  cpus(machine: DumpedMachine): CoreRegisters[];
  /** Lines of VMCOREINFO (`NAME=value`) by which {@link PlatformPlugin.identify} finds the page tables, besides `OSRELEASE` and `PAGESIZE`. */
  vmcoreInfo?(machine: DumpedMachine): string[];
}
