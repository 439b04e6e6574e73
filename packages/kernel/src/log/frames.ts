import type { Architecture } from "@kasan/mmu";
import type { StackFrame } from "@kasan/report";
import { addressOfWord } from "./call-stacks.ts";
import type { KernelSymbols } from "./symbols.ts";

/** The parts of a machine that name the frames of a call trace. */
export interface FrameParts {
  /** Symbol names of addresses. */
  readonly symbols: KernelSymbols;
  /** The architecture the addresses belong to. */
  readonly architecture: Architecture;
}

/** Converts a code or data address to the form used by reports. */
export function frameOf(symbols: KernelSymbols, address: bigint): StackFrame {
  const place = symbols.find(address);
  if (!place) return { address, reliable: true };
  const { name, offset, size, module } = place;
  return { address, symbol: name, offset, size, ...(module !== undefined && { module }), reliable: true };
}

/** Converts a call-stack word to a frame. */
export const frameOfWord = ({ symbols, architecture }: FrameParts, word: number): StackFrame =>
  frameOf(symbols, addressOfWord(architecture, word));

/** Converts call-stack words to frames, innermost first. */
export function framesOf(parts: FrameParts, words: Iterable<number>): StackFrame[] {
  return Array.from(words, (word) => frameOfWord(parts, word));
}
