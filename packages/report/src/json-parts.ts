import { hex, spellAddress, truncateAddress } from "@kasan/shadow";
import type { StackFrame } from "./frame.ts";

/** A number of 64 bits in JSON, where numbers end at 2^53: `0x` and lower-case hex digits, 16 of an address and else as many as it needs. */
export type HexJson = `0x${string}`;

/** A source position in JSON. What is unknown is absent. */
export interface SourceJson {
  /** Source file, as the debug information spells it. */
  file?: string;
  /** Line, from 1. */
  line?: number;
  /** Column, from 1. */
  column?: number;
}

/** A stack frame in JSON, or any other address with its symbol. What is unknown is absent. */
export interface FrameJson extends SourceJson {
  /** The frame's address. */
  address?: HexJson;
  /** The function's or variable's name. */
  function?: string;
  /** Bytes from the function's start. */
  offset?: number;
  /** The function's bytes. */
  size?: number;
  /** The module that holds it. */
  module?: string;
  /** Functions merged into this one here, innermost first. */
  inlined?: InlinedJson[];
  /** False if the log shows it after `? `. */
  reliable: boolean;
}

/** A merged function in JSON. */
export interface InlinedJson {
  /** Its name. */
  function: string;
  /** Source file. */
  file: string;
  /** Line, from 1; absent if the debug information does not tell it. */
  line?: number;
}

/** An address for JSON. */
export function addressJson(address: bigint): HexJson {
  return spellAddress(address) as HexJson;
}

/** A number of 64 bits for JSON. */
export function hexJson(value: bigint): HexJson {
  return hex(truncateAddress(value)) as HexJson;
}

/** A byte as two hex digits. */
export function byteHex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

/** A frame. */
export function frameJson(frame: StackFrame): FrameJson {
  const { address, symbol, offset, size, module, file, line, column, inlined, reliable } = frame;
  return compact<FrameJson>({
    address: address === undefined ? undefined : addressJson(address),
    function: symbol,
    offset,
    size,
    module,
    file,
    line,
    column,
    inlined: inlined?.map((one) => compact<InlinedJson>({ function: one.symbol, file: one.file, line: one.line })),
    reliable,
  });
}

/** Adds the properties of `from` that are not undefined. `for … in` is the fastest walk, and these objects inherit nothing. */
export function addDefined(to: object, from: object): object {
  const [target, source] = [to as Record<string, unknown>, from as Record<string, unknown>];
  for (const key in source) if (source[key] !== undefined) target[key] = source[key];
  return target;
}

/** `object` without what is undefined, so that it equals its own JSON. */
export function compact<T extends object>(object: T): T {
  return addDefined({}, object) as T;
}
