/**
 * x86-64 as an architecture of `@kasan/mmu`: page tables of 4 and 5 levels, Linux's address-space and shadow layout, and
 * faults in the kernel's words.
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
