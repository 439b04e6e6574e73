import type { PhysicalMemory } from "@kasan/mmu";

/**
 * The task, CPU and time of an event: `struct kasan_track` with CONFIG_KASAN_EXTRA_INFO (mm/kasan/kasan.h), 16 bytes:
 *
 *     u32 pid | u32 stack depot handle | u64 cpu:20, timestamp:44 (units of 512 ns)
 */
export const TRACK_BYTES = 16;

/** A track as data. */
export interface TrackData {
  /** Process id. */
  readonly pid: number;
  /** Handle of the call stack in the stack depot; 0: none. */
  readonly stack: number;
  /** The CPU's number, below 2^20. */
  readonly cpu: number;
  /** Nanoseconds since boot, rounded down to 512. */
  readonly time: number;
}

/** Writes a track at a physical address. `time`: nanoseconds since boot. */
export function writeTrack(
  ram: PhysicalMemory,
  at: number,
  pid: number,
  stack: number,
  cpu: number,
  time: number,
): void {
  const units = Math.floor(time / 512);
  const word = at >>> 2;
  ram.wrote(4 * word, 16);
  ram.u32[word] = pid;
  ram.u32[word + 1] = stack;
  ram.u32[word + 2] = ((cpu & 0xfffff) | (units << 20)) >>> 0;
  ram.u32[word + 3] = Math.floor(units / 4096) >>> 0;
}

/** Reads a track at a physical address. */
export function readTrack(ram: PhysicalMemory, at: number): TrackData {
  const word = at >>> 2;
  const low = ram.u32[word + 2];
  const units = (low >>> 20) + ram.u32[word + 3] * 4096;
  return { pid: ram.u32[word], stack: ram.u32[word + 1], cpu: low & 0xfffff, time: units * 512 };
}
