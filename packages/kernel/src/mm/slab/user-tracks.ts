/**
 * Who allocated or freed an object, in objects of caches with SLAB_STORE_USER: `struct track` of mm/slub.c, 32 bytes.
 *
 *     u64 address of the caller | u32 stack depot handle | u32 cpu | u32 pid | u32 0 | u64 jiffies
 */
export const USER_TRACK_BYTES = 32;

/** Records users of objects. */
export interface UserTracks {
  /** Writes the running task at a physical address. `by`: call-stack words of the kernel functions above the caller, innermost first. */
  write(at: number, by: Uint32Array): void;
  /** The lines of a record (print_track of mm/slub.c); none if there is no record. `what`: `Allocated` or `Freed`. */
  lines(at: number, what: string): string[];
}

/** Records nobody. */
export const NO_USER_TRACKS: UserTracks = { write() {}, lines: () => [] };
