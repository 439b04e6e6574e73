import type { Architecture } from "@kasan/mmu";
import type { KasanMode } from "@kasan/shadow";
import { KernelError } from "../error.ts";

/** A mode of KASAN, or none. */
export type PlanMode = KasanMode | "off";

/** What a mode keeps beside memory. */
export interface ModeRules {
  /** Bytes of memory that a byte of shadow describes; 0: the mode has no shadow. */
  readonly granule: number;
  /** Bytes of memory that a byte of the memory controller's own tag storage describes; 0: it has none. */
  readonly tagged: number;
  /** Whether freed objects wait in a quarantine. */
  readonly quarantine: boolean;
  /** Whether stacks of allocations and frees go to a ring rather than to the objects. */
  readonly stackRing: boolean;
}

/** The modes (Documentation/dev-tools/kasan.rst). A hardware tag is 4 bits for 16 bytes. */
export const MODES: Readonly<Record<PlanMode, ModeRules>> = {
  off: { granule: 0, tagged: 0, quarantine: false, stackRing: false },
  generic: { granule: 8, tagged: 0, quarantine: true, stackRing: false },
  sw_tags: { granule: 16, tagged: 0, quarantine: false, stackRing: true },
  hw_tags: { granule: 0, tagged: 32, quarantine: false, stackRing: true },
};

const MIB = 2 ** 20;

/**
 * Refuses what no kernel can be.
 *
 * @throws {@link KernelError} `CONFIG`
 */
export function checkPlan({ name, layout, physicalBits, ignoredTopBits }: Architecture, mode: PlanMode, bytes: number) {
  const directMap = Number(layout.directMapEnd - layout.pageOffset + 1n);
  const most = Math.min(2 ** physicalBits, directMap);
  if (!Number.isInteger(bytes) || bytes % MIB !== 0 || bytes < 16 * MIB || bytes > most) {
    const range = `16M to ${most / 2 ** 40}T on ${name}`;
    throw new KernelError("CONFIG", `${bytes} bytes of memory; give whole megabytes, ${range}`);
  }
  const { granule } = MODES[mode];
  if (mode.endsWith("_tags") && ignoredTopBits < 8) {
    throw new KernelError(
      "CONFIG",
      `${mode} keeps tags in the top byte of pointers, which ${name} does not ignore; plan it for arm64, or plan generic`,
    );
  }
  if (granule !== 0 && granule !== 2 ** layout.shadowScaleShift) {
    throw new KernelError(
      "CONFIG",
      `${mode} has a byte of shadow for ${granule} bytes, and this layout of ${name} one for ${2 ** layout.shadowScaleShift}; ask the architecture for the layout of that mode`,
    );
  }
}

/** Refuses a per-page scheme where there is no shadow byte for it. @throws {@link KernelError} `CONFIG` */
export function checkPerPage(mode: PlanMode): void {
  if (!mode.endsWith("_tags")) return;
  throw new KernelError(
    "CONFIG",
    "per-page shadow is of generic mode; give --mode generic, or --shadow-scheme per-byte",
  );
}
