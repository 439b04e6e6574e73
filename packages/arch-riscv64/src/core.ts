import type { CoreFormat } from "@kasan/platform";
import { formatAddress } from "@kasan/shadow";

/** ELF cores of riscv64. */
export const RISCV64_CORE: CoreFormat = {
  elfMachine: 243,
  statusBytes: 376,
  // `struct user_regs_struct` (arch/riscv/include/uapi/asm/ptrace.h).
  registers: "pc ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6".split(
    " ",
  ),
  cpus: ({ stackPointers }) => stackPointers.map((sp) => ({ sp })),
  // No note holds satp: the tables are named by their address in the direct map, at which an image of a kernel would lie.
  vmcoreInfo({ architecture, roots }) {
    const { pageOffset } = architecture.layout;
    return [
      `SYMBOL(swapper_pg_dir)=${formatAddress(pageOffset + BigInt(roots[0]!))}`,
      `NUMBER(VA_BITS)=${13 + Math.log2(architecture.spans[0]!.end + 1)}`,
      `NUMBER(va_kernel_pa_offset)=0x${pageOffset.toString(16)}`,
    ];
  },
};
