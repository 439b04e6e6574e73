import { findStackFrame, type InstrumentedFrame } from "@kasan/report";
import { shadowOf } from "@kasan/shadow";
import type { Kernel } from "./kernel.ts";

/** The frame that an address on a stack lies in; generic mode only: tag-based modes describe none. `low`: the stack's lowest address. */
export function frameAt(kernel: Kernel, address: bigint, low: bigint): InstrumentedFrame | undefined {
  const { image, memory } = kernel;
  const { shadow } = image;
  if (image.kasan !== "generic" || !shadow) return undefined;
  const source = {
    byteAt: (at: bigint) => kernel.attempt(() => memory.u8(shadowOf(shadow, at))) ?? -1,
    read: (at: bigint, count: number) => memory.bytes(at, count),
    string: (at: bigint, limit: number) => memory.text(at, limit),
  };
  return kernel.attempt(() => findStackFrame(source, address, low));
}
