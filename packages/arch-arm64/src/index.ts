/**
 * arm64 as an architecture of `@kasan/mmu`: page tables of all granules and address widths, Linux's address space on it,
 * and faults in the kernel's words.
 *
 * @packageDocumentation
 */

export { ttbrAddress } from "./address.ts";
export { Arm64Flags, DescriptorBits, DescriptorHighBits, LINUX_MAIR, type MairAttribute } from "./descriptor.ts";
export * from "./error.ts";
export * from "./fault.ts";
export type { Arm64Options } from "./options.ts";
export { arm64 } from "./paging.ts";
