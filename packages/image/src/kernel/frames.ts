import type { StackFrame, Track } from "@kasan/report";
import type { Kernel } from "./kernel.ts";
import { placeOf } from "./names.ts";
import type { ObjectTrack } from "./tracks.ts";

/** An address as a frame of a stack, with its name. */
export function frameOf(kernel: Kernel, address: bigint): StackFrame {
  const place = placeOf(kernel, address);
  if (!place) return { address, reliable: true };
  const { symbol, offset, size } = place;
  return {
    address,
    symbol: symbol.name,
    offset: Number(offset),
    size: Number(size ?? 0n),
    ...(symbol.module !== undefined && { module: symbol.module }),
    reliable: true,
  };
}

/** A stack with names for its addresses. */
export function framesOf(kernel: Kernel, stack: readonly bigint[]): StackFrame[] {
  return stack.map((address) => frameOf(kernel, address));
}

/** A track with names for its addresses. */
export function trackOf(kernel: Kernel, { pid, cpu, timestamp, stack }: ObjectTrack): Track {
  return {
    pid,
    ...(cpu !== undefined && { cpu }),
    ...(timestamp !== undefined && { timestamp }),
    ...(stack && { stack: framesOf(kernel, stack) }),
  };
}
