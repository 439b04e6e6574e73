import {
  KASAN_ALLOCA_LEFT,
  KASAN_ALLOCA_RIGHT,
  KASAN_GLOBAL_REDZONE,
  KASAN_PAGE_FREE,
  KASAN_PAGE_REDZONE,
  KASAN_SLAB_FREE,
  KASAN_SLAB_FREE_META,
  KASAN_SLAB_REDZONE,
  KASAN_VMALLOC_INVALID,
} from "@kasan/shadow";
import { IDENTITY } from "../shadow/direct-map.ts";

/** Description of a mechanism: the shadow values it writes or, without any, an action at certain places. */
export interface MechanismDescription {
  /** Its purpose, for users. */
  readonly does: string;
  /** The shadow values that it writes. */
  readonly poison?: readonly number[];
}

/** The name of a mechanism of generic KASAN. */
export type Mechanism =
  | "partial-granules"
  | "slab-redzones"
  | "slab-poison"
  | "page-poison"
  | "page-redzones"
  | "vmalloc-poison"
  | "globals"
  | "alloca"
  | "stack"
  | "quarantine"
  | "free-checks"
  | "byte-checks"
  | "memory-functions"
  | "explicit-checks"
  | "mempool"
  | "rcu-delay"
  | "tracks"
  | "aux-stacks";

/** The mechanisms of generic KASAN that a machine can be built without, to show what each of them finds. */
export const MECHANISMS: Readonly<Record<Mechanism, MechanismDescription>> = {
  "partial-granules": {
    does: "in an object's last granule, only the object's own bytes are accessible",
    poison: [1, 2, 3, 4, 5, 6, 7],
  },
  "slab-redzones": { does: "slab memory around objects is poisoned", poison: [KASAN_SLAB_REDZONE] },
  "slab-poison": { does: "freed slab objects are poisoned", poison: [KASAN_SLAB_FREE, KASAN_SLAB_FREE_META] },
  "page-poison": { does: "free pages are poisoned", poison: [KASAN_PAGE_FREE] },
  "page-redzones": { does: "the unused rest of a large kmalloc's pages is poisoned", poison: [KASAN_PAGE_REDZONE] },
  "vmalloc-poison": { does: "vmalloc space outside of areas is poisoned", poison: [KASAN_VMALLOC_INVALID] },
  globals: { does: "global variables get redzones", poison: [KASAN_GLOBAL_REDZONE] },
  alloca: { does: "variable-length arrays get redzones", poison: [KASAN_ALLOCA_LEFT, KASAN_ALLOCA_RIGHT] },
  stack: { does: "stack variables get redzones, and are poisoned out of scope (the compiler's part)" },
  quarantine: { does: "freed slab objects are not reused at once" },
  "free-checks": { does: "each free is checked: it must be at the start of an object that is not yet freed" },
  "byte-checks": { does: "ksize, krealloc and kmem_cache_destroy check their arguments" },
  "memory-functions": { does: "memcpy, memmove and memset check their arguments" },
  "explicit-checks": { does: "atomics, bit operations, and copies to and from user space check their arguments" },
  mempool: { does: "elements that a mempool keeps are poisoned" },
  "rcu-delay": { does: "objects of SLAB_TYPESAFE_BY_RCU caches are poisoned after a grace period" },
  tracks: { does: "each object records who allocated and freed it" },
  "aux-stacks": { does: "each object records who queued work or RCU callbacks for it" },
};

/**
 * Maps each shadow value to the value actually written, in a machine that lacks some mechanisms: 0 for their poison. One byte for
 * each value 0 … 255.
 */
export function poisonTable(without: readonly Mechanism[] = []): Uint8Array {
  const table = IDENTITY.slice();
  for (const name of without) {
    const { poison = [] } = MECHANISMS[name];
    for (const value of poison) table[value] = 0;
  }
  return table;
}

const ALL = Object.keys(MECHANISMS) as Mechanism[];

/** All mechanisms except the given ones. */
export const mechanismsBut = (...without: readonly Mechanism[]): ReadonlySet<Mechanism> =>
  new Set(ALL.filter((mechanism) => !without.includes(mechanism)));
