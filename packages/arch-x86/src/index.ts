/**
 * x86-64 as a `Platform` of `@kasan/platform`: page tables of 4 and 5 levels, Linux's address-space and shadow layout, what its
 * kernel logs, its core files and listings.
 *
 * @packageDocumentation
 */

export {
  EntryBits,
  EntryHighBits,
  LINUX_PAT,
  X86Flags,
} from "./entry.ts";
export * from "./error.ts";
export * from "./fault.ts";
export * from "./layout.ts";
export * from "./paging.ts";
export { x86_64Plugin } from "./plugin.ts";
export { X86_64_STYLE } from "./words.ts";
