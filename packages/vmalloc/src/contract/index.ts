/**
 * The contract of a shadow scheme of vmalloc space, as tests for any test runner. It needs the package `fast-check`.
 *
 * @packageDocumentation
 */

export type { ContractException, ContractRunner } from "@kasan/shadow/contract";
export * from "./shadow-scheme.ts";
