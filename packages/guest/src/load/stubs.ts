import { type KernelFunctions, kernelFunction, type Machine } from "@kasan/kernel";
import type { FunctionType } from "../wasm/module.ts";
import { Type } from "../wasm/opcodes.ts";

/** A symbol that nothing provides. Calling the function, or accessing the variable, ends the guest. */
export interface Stub {
  /** Its name. */
  readonly name: string;
  /** The type with which it is called; undefined for a variable. */
  readonly type: FunctionType | undefined;
  /** What is known of it: which file of the kernel's source has it. */
  readonly where: string;
}

const LETTERS = new Map<number, string>([
  [Type.i32, "i"],
  [Type.i64, "l"],
]);
const letter = (type: number): string => LETTERS.get(type) ?? "?";

/** The functions among the stubs, for a machine. Those with floating-point numbers, of which a kernel has none, are left out. */
export function stubFunctions(machine: Machine, stubs: readonly Stub[]): KernelFunctions {
  const functions = stubs.flatMap(({ name, type, where }) => {
    const signature = type && `${type.params.map(letter).join("")}:${type.results.map(letter).join("") || "v"}`;
    if (signature === undefined || signature.includes("?")) return [];
    const call = (): never => machine.oops.missing(name, where);
    return [[name, kernelFunction(signature as ":v", call)]];
  });
  return Object.fromEntries(functions);
}

/** Where such variables seem to be: addresses that no processor can map, behind the kernel's poison pointers (include/linux/poison.h). */
const VARIABLES = 0xdead000000010000n;
/** The room of each; it is in the middle, since code looks at what is around a member of a structure. */
const ROOM = 0x10000n;

/** The address of a variable among the stubs. */
export function stubAddress(stubs: readonly Stub[], name: string): bigint | undefined {
  const index = stubs.findIndex((stub) => stub.name === name && stub.type === undefined);
  return index < 0 ? undefined : VARIABLES + BigInt(index) * ROOM + ROOM / 2n;
}

/** The variable among the stubs in whose room an address is. */
export function stubAt(stubs: readonly Stub[], address: bigint): Stub | undefined {
  const stub = address < VARIABLES ? undefined : stubs[Number((address - VARIABLES) / ROOM)];
  return stub?.type === undefined ? stub : undefined;
}
