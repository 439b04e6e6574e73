/**
 * arm64 as a `Platform` of `@kasan/platform`: page tables of all granules and address widths, Linux's address space on it, what
 * its kernel logs, its core files and listings.
 *
 * @packageDocumentation
 */

export { ttbrAddress } from "./address.ts";
export { Arm64Flags, DescriptorBits, DescriptorHighBits, LINUX_MAIR, type MairAttribute } from "./descriptor.ts";
export * from "./error.ts";
export * from "./fault.ts";
export type { Arm64Options } from "./options.ts";
export { arm64 } from "./paging.ts";
export { arm64Plugin } from "./plugin.ts";
export { ARM64_STYLE, ARM64_TAGS_STYLE } from "./words.ts";
