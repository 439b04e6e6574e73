/**
 * The contract of a per-page shadow scheme, as tests for any runner; and what the contracts of `@kasan/vmalloc` and `@kasan/mmu` are
 * made of. It needs the package `fast-check`.
 *
 * @packageDocumentation
 */

export * from "./assert.ts";
export * from "./page-scheme.ts";
export * from "./runner.ts";
