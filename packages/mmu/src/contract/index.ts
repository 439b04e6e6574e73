/**
 * The contract of a page-table format, as tests for any runner. It needs the package `fast-check`.
 *
 * @packageDocumentation
 */

export type { ContractException, ContractRunner } from "@kasan/shadow/contract";
export * from "./architecture.ts";
