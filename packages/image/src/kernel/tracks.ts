import { atLeast, KASAN_SLAB_FREE_META, type KernelVersion, resetTag, tagOf } from "@kasan/shadow";
import { StackDepot } from "./depot.ts";
import type { Kernel } from "./kernel.ts";
import { sizeOf } from "./layout.ts";
import type { FoundObject, SlabCache, Slabs } from "./slab.ts";
import { StackRing } from "./stack-ring.ts";

/** Who allocated or freed an object. */
export interface ObjectTrack {
  /** The task's id. */
  readonly pid: number;
  /** Its CPU, of kernels with CONFIG_KASAN_EXTRA_INFO. */
  readonly cpu: number | undefined;
  /** Microseconds after boot, of kernels with CONFIG_KASAN_EXTRA_INFO. */
  readonly timestamp: number | undefined;
  /** Return addresses, innermost first; `undefined` if the kernel saved none. */
  readonly stack: readonly bigint[] | undefined;
}

/** All that KASAN keeps about an object's life. */
export interface ObjectTracks {
  /** Its allocation. */
  readonly allocated: ObjectTrack | undefined;
  /** Its free. */
  readonly freed: ObjectTrack | undefined;
  /** Stacks that queued work with it, the last one first (`kasan_record_aux_stack`). */
  readonly work: readonly (readonly bigint[])[];
  /** Which came last, where the kernel keeps them in order (tag-based modes). */
  readonly latest: "allocated" | "freed" | undefined;
}

/** `struct kasan_track` has 8 bytes more with CONFIG_KASAN_EXTRA_INFO. */
const TRACK_BYTES = 8;
const EXTRA_BYTES = 8;
/** After it come two handles of stacks. */
const AUX_BYTES = 8;
/** Before a free's track comes the quarantine's link. */
const LINK_BYTES = 8;
/** Its time is in units of 2^9 ns; before 6.11, of 2^3. */
const TIME_SHIFT = 9n;
const OLD_TIME_SHIFT = 3n;

/** Reads who allocated and freed objects: from the metadata beside them (generic mode), or from the ring of stacks (tag-based modes). */
export class Tracks {
  private readonly depot: StackDepot | undefined;
  private readonly timeShift: bigint;

  /** @param version - the kernel's */
  constructor(
    private readonly kernel: Kernel,
    private readonly slabs: Slabs,
    version: KernelVersion,
  ) {
    this.depot = kernel.attempt(() => new StackDepot(kernel));
    this.timeShift = atLeast(version, 6, 11) ? TIME_SHIFT : OLD_TIME_SHIFT;
  }

  /** The tracks of an object. `pointer`: what led there, with its tag. `shadow`: the shadow byte of its first granule. */
  of({ cache, address }: FoundObject, pointer: bigint, shadow: number): ObjectTracks {
    if (this.kernel.image.kasan !== "generic") return this.fromRing(cache, address, pointer);
    const allocated =
      cache.allocMeta === undefined ? undefined : this.track(address + BigInt(cache.allocMeta), this.hasExtra);
    const freed =
      cache.freeMeta === undefined || shadow !== KASAN_SLAB_FREE_META
        ? undefined
        : this.track(address + BigInt(cache.freeMeta + LINK_BYTES), this.hasExtra);
    return { allocated, freed, work: this.workOf(cache, address), latest: undefined };
  }

  /** A stack by its handle. */
  stack(handle: number): readonly bigint[] | undefined {
    return this.depot?.frames(handle);
  }

  private workOf(cache: SlabCache, address: bigint): (readonly bigint[])[] {
    if (cache.allocMeta === undefined) return [];
    const after = address + BigInt(cache.allocMeta + TRACK_BYTES + (this.hasExtra ? EXTRA_BYTES : 0));
    return [0n, 4n].flatMap((at) => {
      const handle = this.kernel.attempt(() => this.kernel.memory.u32(after + at)) ?? 0;
      const stack = this.stack(handle);
      return stack ? [stack] : [];
    });
  }

  /** `print_track`'s fields; a task and a stack of 0 are none. */
  private track(at: bigint, extra: boolean): ObjectTrack | undefined {
    const { memory } = this.kernel;
    return this.kernel.attempt(() => {
      const [pid, handle] = [memory.u32(at), memory.u32(at + 4n)];
      if (handle === 0) return undefined;
      const word = extra ? memory.u64(at + 8n) : undefined;
      return {
        pid,
        stack: this.stack(handle),
        cpu: word === undefined ? undefined : Number(word & 0xfffffn),
        timestamp: word === undefined ? undefined : Number(((word >> 20n) << this.timeShift) / 1000n),
      };
    });
  }

  /** Whether tracks have CPU and time: by the kernel's types, else by where small objects have their metadata. */
  private get hasExtra(): boolean {
    return this.kernel.once("track extra", () => {
      const typed = sizeOf(this.kernel, "kasan_track");
      return typed === undefined ? this.slabs.kmallocCaches().some(hasLongTracks) : typed > TRACK_BYTES;
    });
  }

  /** The newest entries of the object's life under the pointer's tag (`kasan_complete_mode_report_info` in mm/kasan/report_tags.c). */
  private fromRing(cache: SlabCache, address: bigint, pointer: bigint): ObjectTracks {
    const ring = this.kernel.once("stack ring", () => this.kernel.attempt(() => new StackRing(this.kernel)));
    let allocated: ObjectTrack | undefined;
    let freed: ObjectTrack | undefined;
    let latest: ObjectTracks["latest"];
    for (const entry of ring?.newestFirst() ?? []) {
      if (allocated && freed) break;
      if (
        entry.size !== cache.objectSize ||
        resetTag(entry.pointer) !== address ||
        tagOf(entry.pointer) !== tagOf(pointer)
      )
        continue;
      // A second one of a kind is an earlier life.
      if (entry.isFree ? freed : allocated) break;
      latest ??= entry.isFree ? "freed" : "allocated";
      const track = this.track(entry.track, ring!.hasExtra);
      if (entry.isFree) freed = track;
      else allocated = track;
    }
    return { allocated, freed, work: [], latest };
  }
}

/**
 * Whether a cache's metadata is too long for tracks of 8 bytes. Metadata on an allocation is a track and two handles. That on a free, a
 * link and a track, follows it where it is longer than the object; since 6.7 it begins in the object instead, and the other comes after.
 */
function hasLongTracks({ objectSize, allocMeta, freeMeta }: SlabCache): boolean {
  if (allocMeta === undefined || freeMeta === undefined) return false;
  if (freeMeta > allocMeta) return freeMeta - allocMeta > TRACK_BYTES + AUX_BYTES;
  return allocMeta > Math.max(objectSize, LINK_BYTES + TRACK_BYTES);
}
