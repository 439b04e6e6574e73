import type { PhysicalMemory } from "@kasan/mmu";
import type { Track } from "@kasan/report";
import { type FrameParts, framesOf } from "../../log/frames.ts";
import type { StackDepot } from "../../log/stack-depot.ts";
import { readTrack, type TrackData } from "../track.ts";

/** The parts of a machine used to read tracks. */
export interface TrackSource extends FrameParts {
  /** RAM, and the arena. */
  readonly ram: PhysicalMemory;
  /** Saved call stacks. */
  readonly depot: StackDepot;
}

/** Reads the track at a physical address, in the form used by reports. */
export const trackAt = (source: TrackSource, at: number): Track => trackOf(source, readTrack(source.ram, at));

/** Converts a track to the form used by reports. */
export function trackOf(source: TrackSource, { pid, stack, cpu, time }: TrackData): Track {
  const words = source.depot.fetch(stack);
  if (words.length === 0) return { pid, cpu, timestamp: time / 1000 };
  return { pid, cpu, timestamp: Math.floor(time / 1000), stack: framesOf(source, words) };
}
