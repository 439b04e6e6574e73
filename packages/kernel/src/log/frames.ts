import type { Architecture } from "@kasan/mmu";
import type { StackFrame } from "@kasan/report";
import { addressOfWord } from "./call-stacks.ts";
import type { KernelSymbols } from "./symbols.ts";

/** What names the frames of a call trace. */
export interface FrameParts {
  /** Names for addresses. */
  readonly symbols: KernelSymbols;
  /** Whose addresses they are. */
  readonly architecture: Architecture;
}

/** A code or data address as a report shows it. */
export function frameOf(symbols: KernelSymbols, address: bigint): StackFrame {
  const place = symbols.find(address);
  if (!place) return { address, reliable: true };
  const { name, offset, size, module } = place;
  return { address, symbol: name, offset, size, ...(module !== undefined && { module }), reliable: true };
}

/** A call-stack word as a frame. */
export const frameOfWord = ({ symbols, architecture }: FrameParts, word: number): StackFrame =>
  frameOf(symbols, addressOfWord(architecture, word));

/** Call-stack words as frames, innermost first. */
export function framesOf(parts: FrameParts, words: Iterable<number>): StackFrame[] {
  return Array.from(words, (word) => frameOfWord(parts, word));
}
