import { hex } from "@kasan/shadow";

/** A function that the compiler merged into its caller: what `addr2line -i` adds to a frame. */
export interface InlinedFrame {
  /** The merged function. */
  readonly symbol: string;
  /** Source file, as the debug information spells it. */
  readonly file: string;
  /** Line in {@link InlinedFrame.file}, from 1; absent if the debug information does not tell it. */
  readonly line?: number;
}

/** One line of a call trace, or any other code or data address with its symbol: what the kernel prints with `%pS`. */
export interface StackFrame {
  /** The address itself: 0 … 2^64-1. Real logs of frames with a symbol do not hold it. */
  readonly address?: bigint;
  /** The function or variable; absent if the kernel found none, and printed the address. */
  readonly symbol?: string;
  /** Bytes from the symbol's start. 0 by default. */
  readonly offset?: number;
  /** The symbol's size in bytes. 0 by default. */
  readonly size?: number;
  /** The module that holds the symbol; absent for the kernel image. */
  readonly module?: string;
  /** False if the unwinder did not vouch for the frame: a call trace prints it after `? `. */
  readonly reliable: boolean;
  /** The stack that the frame lies on, as x86 names it: `TASK` (the default), `IRQ`, `SOFTIRQ`, `NMI`, … */
  readonly stack?: string;
  /** The registers of what an interrupt interrupted at this frame: lines that the trace prints after it, as they stand. */
  readonly registers?: readonly string[];
  /** Source file, where it is known. The kernel does not print it. */
  readonly file?: string;
  /** Line in {@link StackFrame.file}, from 1. */
  readonly line?: number;
  /** Column in that line, from 1. */
  readonly column?: number;
  /** Functions merged into this one at this address, innermost first. */
  readonly inlined?: readonly InlinedFrame[];
}

/**
 * Spells a frame as `%pS` does: `kfree+0x188/0x1f3`, `f+0x1/0x2 [module]`, or `0xffffffff81000000` without a symbol.
 * Without address and symbol, `0x0`.
 */
export function formatFrame(frame: StackFrame): string {
  if (frame.symbol === undefined) return hex(frame.address ?? 0n);
  const place = `${frame.symbol}+${hex(frame.offset ?? 0)}/${hex(frame.size ?? 0)}`;
  return frame.module === undefined ? place : `${place} [${frame.module}]`;
}
