import type { CoreFormat, CoreNote, CoreRegisters } from "@kasan/platform";

/** CR4.PAE and CR4.LA57 (Intel SDM vol. 3A, 2.5). */
const PAE = 1n << 5n;
const LA57 = 1n << 12n;

/** QEMU's order of registers in `QEMUCPUState` (target/i386/arch_dump.c). */
const QEMU_REGISTERS = "rax rbx rcx rdx rsi rdi rsp rbp r8 r9 r10 r11 r12 r13 r14 r15 rip eflags".split(" ");
/** Bytes of `QEMUCPUState`: version, size, 18 registers, 10 segments of 24 bytes, CR0 to CR4, kernel GS base. */
const QEMU_CPU_BYTES = 440;
/** Offset of CR0 in it. */
const CR0 = 392;

/** ELF cores of x86-64, with the note in which QEMU says what CR3 is. */
export const X86_CORE: CoreFormat = {
  elfMachine: 62,
  statusBytes: 336,
  // `struct user_regs_struct` (arch/x86/include/asm/user_64.h).
  registers:
    "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs".split(
      " ",
    ),
  cpuNotes: (registers) => [{ owner: "QEMU", type: 0, data: qemuState(registers) }],
  cpus({ architecture, roots, stackPointers }) {
    const cr4 = PAE | (architecture.levels.length === 5 ? LA57 : 0n);
    return stackPointers.map((rsp) => ({ rsp, cr3: BigInt(roots[0]!), cr4 }));
  },
};

/** `QEMUCPUState`, version 1; its segments are left 0. */
function qemuState(registers: CoreRegisters): Uint8Array {
  const data = new Uint8Array(QEMU_CPU_BYTES);
  const view = new DataView(data.buffer);
  view.setUint32(0, 1, true);
  view.setUint32(4, QEMU_CPU_BYTES, true);
  const put = (at: number, names: readonly string[]) => {
    for (const [i, name] of names.entries()) view.setBigUint64(at + i * 8, registers[name] ?? 0n, true);
  };
  put(8, QEMU_REGISTERS);
  put(CR0, ["cr0", "cr1", "cr2", "cr3", "cr4"]);
  return data;
}

/** The fields of QEMU's note about a CPU that are used here. */
export interface QemuCpu {
  /** CR3. */
  readonly cr3: bigint;
  /** CR4. */
  readonly cr4: bigint;
}

/** The CPUs of an x86-64 core that QEMU wrote (`dump-guest-memory`). */
export function qemuCpus(notes: readonly CoreNote[]): QemuCpu[] {
  return notes
    .filter(({ owner, data }) => owner === "QEMU" && data.length >= CR0 + 40)
    .map(({ data }) => {
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      return { cr3: view.getBigUint64(CR0 + 24, true), cr4: view.getBigUint64(CR0 + 32, true) };
    });
}
