import type { CoreFormat } from "@kasan/platform";
import { formatAddress } from "@kasan/shadow";

/** ELF cores of arm64. */
export const ARM64_CORE: CoreFormat = {
  elfMachine: 183,
  statusBytes: 392,
  // `struct user_pt_regs` (arch/arm64/include/uapi/asm/ptrace.h).
  registers: [...Array.from({ length: 31 }, (_, i) => `x${i}`), "sp", "pc", "pstate"],
  cpus: ({ stackPointers }) => stackPointers.map((sp) => ({ sp })),
  // The tables of TTBR1_EL1 are named by their address in the linear map, at which an image of a kernel would lie.
  vmcoreInfo({ architecture, roots }) {
    const { pageOffset } = architecture.layout;
    return [
      `SYMBOL(swapper_pg_dir)=${formatAddress(pageOffset + BigInt(roots[1]!))}`,
      `NUMBER(VA_BITS)=${12 + Math.log2(architecture.spans[0]!.end + 1)}`,
      `NUMBER(kimage_voffset)=0x${pageOffset.toString(16)}`,
    ];
  },
};
