import { type ContractException, type ContractRunner, defineContract } from "@kasan/shadow/contract";
import type { Architecture } from "../index.ts";
import { addressSpaceTests } from "./address-space.ts";
import { formatTests } from "./format.ts";
import { Subject } from "./subject.ts";
import { tlbTests } from "./tlbs.ts";

/** Facts about an architecture that the contract cannot find out. */
export interface ArchitectureContractOptions {
  /** The values of `MemoryType` that entries can hold; write-back alone by default. */
  readonly memoryTypes?: readonly number[];
  /** The tests that do not hold for it. */
  readonly exceptions?: readonly ContractException[];
}

/**
 * States, as tests, what any {@link Architecture} must do, and that the generic code works over it: mapping, walking, listing, TLBs.
 * The tests take about a second on a machine with nothing else to do, and 10 where each page has 64 KiB.
 *
 * @param name The architecture's name, for titles.
 * @param make Makes it.
 */
export function architectureContract(
  runner: ContractRunner,
  name: string,
  make: () => Architecture,
  { memoryTypes, exceptions = [] }: ArchitectureContractOptions = {},
): void {
  const subject = new Subject(make(), memoryTypes);
  defineContract(runner, `${name} keeps the contract of an architecture:`, exceptions, (test) => {
    formatTests(test, subject);
    addressSpaceTests(test, subject);
    tlbTests(test, subject);
  });
}
