import type { StackFrame } from "@kasan/report";
import type { PageDescriptors } from "../mm/page-descriptors.ts";
import { PGTY_SLAB } from "../mm/page-descriptors.ts";
import type { SlabService } from "../mm/slab/service.ts";
import type { Clock } from "../smp/clock.ts";
import type { Counters } from "../smp/counters.ts";
import type { RunningMode } from "./modes/mode.ts";
import { type TrackSource, trackAt } from "./report/track.ts";
import { readTrack } from "./track.ts";

/** The parts of a machine in which objects are looked for. */
interface LeakParts extends TrackSource {
  /** The slab allocator. */
  readonly slab: SlabService;
  /** Page descriptors. */
  readonly pages: PageDescriptors;
  /** Counters of allocations and frees. */
  readonly counters: Counters;
  /** The machine's clock. */
  readonly clock: Clock;
  /** KASAN: knows whether an object is in use, and who allocated it. */
  readonly kasan: { readonly mode: RunningMode };
}

/** An object that nobody freed. */
export interface LeakedObject {
  /** Its physical address. */
  readonly object: number;
  /** Its cache's name. */
  readonly cache: string;
  /** Bytes of the cache's objects. */
  readonly size: number;
  /** Who allocated it, innermost first; empty if that is not known. */
  readonly stack: readonly StackFrame[];
}

/**
 * Finds objects of slab caches that were allocated since some moment and are still in use. Needs a mode that keeps each object's stack with it,
 * which only the generic one does. Pages and vmalloc areas are not looked at. If as many older objects were freed, new ones took their place and are
 * no leaks.
 */
export class LeakCheck {
  private readonly parts: LeakParts;
  /** Objects that were in use at that moment. */
  private readonly before = new Set<number>();
  private readonly since: number;
  private readonly balance: number;

  /** The moment is now. */
  constructor(parts: LeakParts) {
    this.parts = parts;
    this.since = parts.clock.now;
    this.balance = this.held;
    for (const [object] of this.inUse()) this.before.add(object);
  }

  /** Objects in use that were allocated since, by address. */
  find(): LeakedObject[] {
    // Nearly always, as many were freed as were allocated: to look at each object takes much longer.
    if (this.held === this.balance) return [];
    const leaked: LeakedObject[] = [];
    for (const [object, { name, objectSize, allocMeta }] of this.inUse()) {
      const track = object + allocMeta;
      const isOlder =
        this.before.has(object) && (allocMeta === 0 || readTrack(this.parts.ram, track).time <= this.since);
      if (isOlder) continue;
      const stack = allocMeta === 0 ? [] : (trackAt(this.parts, track).stack ?? []);
      leaked.push({ object, cache: name, size: objectSize, stack });
    }
    return leaked;
  }

  /** Objects that were allocated and not freed. */
  private get held(): number {
    const { counters } = this.parts;
    return (counters.get("allocations") - counters.get("frees")) | 0;
  }

  private *inUse() {
    const { slab, pages, kasan } = this.parts;
    const { allocator } = slab;
    const { objects } = kasan.mode;
    for (let frame = 0; frame < pages.frames; frame++) {
      if (pages.head(frame) !== frame || pages.type(frame) !== PGTY_SLAB) continue;
      const cache = allocator.cacheOf(frame);
      for (const object of allocator.objectsOf(cache, frame)) {
        if (objects.isAccessible(object, objects.tagOf(object))) yield [object, cache] as const;
      }
    }
  }
}
