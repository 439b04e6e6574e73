import type { PhysicalMemory } from "@kasan/mmu";
import type { Track } from "@kasan/report";
import { type FrameParts, framesOf } from "../../log/frames.ts";
import type { StackDepot } from "../../log/stack-depot.ts";
import { readTrack, type TrackData } from "../track.ts";

/** What tracks are read with. */
export interface TrackSource extends FrameParts {
  /** RAM, and the arena. */
  readonly ram: PhysicalMemory;
  /** Saved call stacks. */
  readonly depot: StackDepot;
}

/** The track at a physical address as a report shows it. */
export const trackAt = (source: TrackSource, at: number): Track => trackOf(source, readTrack(source.ram, at));

/** A track as a report shows it. */
export function trackOf(source: TrackSource, { pid, stack, cpu, time }: TrackData): Track {
  const words = source.depot.fetch(stack);
  if (words.length === 0) return { pid, cpu, timestamp: time / 1000 };
  return { pid, cpu, timestamp: Math.floor(time / 1000), stack: framesOf(source, words) };
}
