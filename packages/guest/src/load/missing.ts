import { calledFunction, isReplaced } from "../rewrite/rewrite.ts";
import { exportNamed, type FunctionType, type WasmModule } from "../wasm/module.ts";
import { describeType, sameType } from "./signature.ts";

/** A symbol that a guest uses but nothing provides, or a function provided with another type. */
export interface MissingSymbol {
  /** Its name. */
  readonly name: string;
  /** How it is used. */
  readonly kind: "function" | "variable";
  /** Offsets in the code section of its uses; empty for a variable. */
  readonly callSites: readonly number[];
  /** If there is a function of that name with another type: that type, for messages. */
  readonly provided?: string;
  /** The type with which the guest calls it. */
  readonly called?: string;
}

/** The symbols available to a module about to be loaded. */
export interface Provided {
  /** The type of a function. */
  typeOf(name: string): FunctionType | undefined;
  /** Whether there is a variable. */
  hasVariable(name: string): boolean;
}

/**
 * The value of a symbol that the headers use as a variable's address but that is a number specific to the CPU that runs the code
 * (cpumask.h).
 */
export function constantFor(name: string, cpu: number, cpus: number): bigint | undefined {
  if (name === "kasan_guest_this_cpu") return BigInt(cpu);
  return name === "kasan_guest_cpus" ? BigInt(cpus) : undefined;
}

/** Symbols that a module needs but nothing provides. */
export function missingSymbols(wasm: WasmModule, provided: Provided): MissingSymbol[] {
  const missing: MissingSymbol[] = [];
  wasm.importedFunctions.forEach(({ name: called, type }, index) => {
    if (isReplaced(called)) return;
    const name = calledFunction(called);
    const wanted = wasm.types[type];
    const found = provided.typeOf(name);
    if (found && sameType(found, wanted)) return;
    const mismatch = found && { provided: describeType(found), called: describeType(wanted) };
    missing.push({ name, kind: "function", callSites: findCalls(wasm, index), ...mismatch });
  });
  for (const { module, name } of wasm.importedGlobals) {
    if (constantFor(name, 0, 1) !== undefined) continue;
    if (module === "GOT.mem" && !exportNamed(wasm, "global", name) && !provided.hasVariable(name)) {
      missing.push({ name, kind: "variable", callSites: [] });
    } else if (module === "GOT.func" && !exportNamed(wasm, "function", name) && !provided.typeOf(name)) {
      missing.push({ name, kind: "function", callSites: [] });
    }
  }
  return missing.filter(({ name }, i) => missing.findIndex((other) => other.name === name) === i);
}

const CALL = 0x10;

/** Code offsets of the calls of an imported function, found by searching for the bytes of its call instruction. */
function findCalls(wasm: WasmModule, index: number): number[] {
  const sites: number[] = [];
  for (let at = wasm.codeStart; at + 5 < wasm.codeEnd && sites.length < 8; at++) {
    if (wasm.bytes[at] !== CALL) continue;
    // The linker writes call targets as five-byte numbers, which rarely occur elsewhere.
    let value = 0;
    for (let i = 0; i < 5; i++) value += (wasm.bytes[at + 1 + i] & 0x7f) * 2 ** (7 * i);
    const padded = wasm.bytes[at + 1] >= 0x80 && wasm.bytes[at + 4] >= 0x80 && wasm.bytes[at + 5] < 0x80;
    if (padded && value === index) sites.push(at - wasm.codeStart);
  }
  return sites;
}
