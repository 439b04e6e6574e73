import type { Note } from "./elf.ts";

/** What QEMU's note says of an x86-64 CPU, as far as it is used here. */
export interface QemuCpu {
  /** CR3. */
  readonly cr3: bigint;
  /** CR4. */
  readonly cr4: bigint;
}

/** Bytes of QEMU's `QEMUCPUState`: version, size, 18 registers, 10 segments of 24 bytes, CR0 to CR4, kernel GS base. */
export const QEMU_CPU_BYTES = 440;
const CR = 392;

/** The CPUs of an x86-64 core that QEMU wrote (`dump-guest-memory`). */
export function qemuCpus(notes: readonly Note[]): QemuCpu[] {
  return notes
    .filter(({ owner, data }) => owner === "QEMU" && data.length >= CR + 40)
    .map(({ data }) => {
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      return { cr3: view.getBigUint64(CR + 24, true), cr4: view.getBigUint64(CR + 32, true) };
    });
}
