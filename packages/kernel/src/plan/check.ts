import type { Architecture } from "@kasan/mmu";
import { inUnits } from "@kasan/platform";
import { memoryText } from "../boot/memory-text.ts";
import { KernelError } from "../error.ts";
import type { Mode } from "../kasan/modes/mode.ts";

const MIB = 2 ** 20;

/**
 * Rejects options that no kernel can have.
 *
 * @throws {@link KernelError} `CONFIG`
 */
export function checkPlan(
  { name, layout, physicalBits, ignoredTopBits }: Architecture,
  mode: Mode,
  bytes: number,
): void {
  const directMap = Number(layout.directMapEnd - layout.pageOffset + 1n);
  const most = Math.min(2 ** physicalBits, directMap);
  if (!Number.isInteger(bytes) || bytes % MIB !== 0 || bytes < 16 * MIB || bytes > most) {
    const range = `16M to ${inUnits(BigInt(most), "BKMGTP")} on ${name}`;
    throw new KernelError("CONFIG", `${memoryText(bytes)} of memory; give whole megabytes, ${range}`);
  }
  const { granule, needsTopByteIgnored } = mode;
  if (needsTopByteIgnored && ignoredTopBits < 8) {
    throw new KernelError(
      "CONFIG",
      `${mode.name} keeps tags in the top byte of pointers, which ${name} does not ignore; plan it for arm64, or plan generic`,
    );
  }
  if (granule !== 0 && granule !== 2 ** layout.shadowScaleShift) {
    throw new KernelError(
      "CONFIG",
      `${mode.name} has a byte of shadow for ${granule} bytes, and this layout of ${name} one for ${2 ** layout.shadowScaleShift}; ask the architecture for the layout of that mode`,
    );
  }
}
