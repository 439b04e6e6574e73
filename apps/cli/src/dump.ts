import { writeCore } from "@kasan/image";
import type { Machine } from "@kasan/kernel";
import { member } from "@kasan/platform";

/**
 * Writes a machine's RAM, its CPUs' registers and what VMCOREINFO says of it as an ELF core, whole or not at all.
 *
 * @throws KasanError `IMAGE_READ` if the file cannot be written, `PLATFORM_MEMBER` if the architecture has no form of core
 */
export function dumpMachine({ architecture, ram, space, cpuViews, options }: Machine, path: string): void {
  const format = member(architecture, "core", "write its memory to a core file");
  const dumped = { architecture, roots: space.roots, stackPointers: cpuViews.map(({ stackPointer }) => stackPointer) };
  writeCore(path, {
    format,
    cpus: format.cpus(dumped),
    vmcoreInfo: [
      `OSRELEASE=${options.version}`,
      `PAGESIZE=${2 ** architecture.pageShift}`,
      ...(format.vmcoreInfo?.(dumped) ?? []),
    ],
    ranges: [{ physical: 0, bytes: ram.u8.subarray(0, ram.size) }],
  });
}
