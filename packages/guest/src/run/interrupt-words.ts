import type { Cpu } from "@kasan/kernel";

/** Buffer offsets of the words through which a CPU is interrupted: what for, and the limit that makes it look. */
export const interruptWords = ({ layout }: Cpu): { interrupts: number; limit: number } => ({
  interrupts: layout.callStackTop + 12,
  limit: layout.callStackLimit,
});
