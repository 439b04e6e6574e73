import { type CoreContents, writeCore } from "@kasan/image";
import type { Machine } from "@kasan/kernel";

/** CR4.PAE and CR4.LA57 (Intel SDM vol. 3A, 2.5). */
const PAE = 1n << 5n;
const LA57 = 1n << 12n;

/**
 * Writes a machine's RAM, its CPUs' registers and what VMCOREINFO says of it as an ELF core, whole or not at all.
 *
 * @throws KasanError `IMAGE_READ` if the file cannot be written
 */
export function dumpMachine(machine: Machine, path: string): void {
  const { ram } = machine;
  const described = machine.architecture.kernelName === "arm64" ? arm64Core(machine) : x86Core(machine);
  writeCore(path, { ...described, ranges: [{ physical: 0, bytes: ram.u8.subarray(0, ram.size) }] });
}

type Described = Omit<CoreContents, "ranges">;

function x86Core(machine: Machine): Described {
  const { architecture, space, cpuViews } = machine;
  const cr4 = PAE | (architecture.levels.length === 5 ? LA57 : 0n);
  return {
    arch: "x86-64",
    cpus: cpuViews.map(({ stackPointer }) => ({ registers: { rsp: stackPointer, cr3: BigInt(space.roots[0]), cr4 } })),
    vmcoreInfo: common(machine),
  };
}

/** The tables of TTBR1_EL1 are named by their address in the linear map: the image has no place for them. */
function arm64Core(machine: Machine): Described {
  const { architecture, space, cpuViews } = machine;
  const { pageOffset } = architecture.layout;
  const bits = 12 + Math.log2(architecture.spans[0].end + 1);
  return {
    arch: "arm64",
    cpus: cpuViews.map(({ stackPointer }) => ({ registers: { sp: stackPointer } })),
    vmcoreInfo: [
      ...common(machine),
      `SYMBOL(swapper_pg_dir)=${machine.directMap.virtual(space.roots[1]).toString(16)}`,
      `NUMBER(VA_BITS)=${bits}`,
      `NUMBER(kimage_voffset)=0x${pageOffset.toString(16)}`,
    ],
  };
}

const common = ({ options, architecture }: Machine): string[] => [
  `OSRELEASE=${options.version}`,
  `PAGESIZE=${2 ** architecture.pageShift}`,
];
