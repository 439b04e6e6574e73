/**
 * riscv64 as a `Platform` of `@kasan/platform`: page tables of Sv39, Sv48 and Sv57, Linux's address-space and shadow layout, what its
 * kernel logs, its core files and listings.
 *
 * @packageDocumentation
 */

export { EntryBits, EntryHighBits, Riscv64Flags } from "./entry.ts";
export * from "./error.ts";
export * from "./fault.ts";
export { type Riscv64Levels, riscv64Layout } from "./layout.ts";
export { type Riscv64Options, readSatp, riscv64, type Satp } from "./paging.ts";
export { riscv64Plugin } from "./plugin.ts";
export { RISCV64_STYLE } from "./words.ts";
