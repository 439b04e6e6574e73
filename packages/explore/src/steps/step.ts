/**
 * An operation's requests to the machine. Other CPUs may run between these steps. A step has a kind, three numbers whose meaning
 * depends on the kind, and a result.
 */
export const StepKind = {
  /** The operation has ended. */
  DONE: 0,
  /** An operation on the area of handle `a` starts; `b`: {@link Purpose}, `c`: a page. Result: the handle's area, or 0. */
  START: 1,
  /** Reads cell `a`. `b`: 1 if the read belongs to the access just translated. Result: its value. */
  READ: 2,
  /** Writes `b` to cell `a`, through the store buffer. */
  WRITE: 3,
  /** Adds `b` to cell `a` immediately and in order, as an atomic instruction does. */
  ADD: 4,
  /** Takes lock `a`. Result: the data under the lock. */
  ACQUIRE: 5,
  /** Releases lock `a` with data `b`, through the store buffer. */
  RELEASE: 6,
  /** Allocates a page. `a`: {@link AllocateFlag}s. Result: its slot, -1 if no page is free. */
  ALLOCATE: 7,
  /** Frees page slot `a`. */
  FREE: 8,
  /** A barrier: `a` is a {@link BarrierKind}. */
  BARRIER: 9,
  /** First half of a shootdown: asks every CPU to forget the shadow pages in mask `a`, and forgets them itself. */
  SHOOT: 10,
  /** Second half: waits until all CPUs have forgotten. */
  WAIT: 11,
  /** The processor translates shadow page `a` for an access. Result: the frame's slot, or -1: a fault. */
  TRANSLATE: 12,
  /** Informs the properties; takes no time. `a`: {@link NoteKind}. */
  NOTE: 13,
  /** The operation threw an error; the node's site says where and which. */
  FAILED: 14,
  /** Only this CPU forgets the shadow pages in mask `a`. */
  FLUSH_LOCAL: 15,
} as const;

/** The effect of a BARRIER. */
export const BarrierKind = {
  /** Stores before it precede stores after it: `smp_wmb()`, DMB ISHST. */
  STORES: 0,
  /** Everything before it completes: DSB. */
  ALL: 1,
  /** Everything after it uses the translations that are in force now: ISB. */
  CONTEXT: 2,
} as const;

/** Flags of a page allocation. */
export const AllocateFlag = {
  /** It may sleep (GFP_KERNEL). */
  MAY_SLEEP: 1,
  /** It is made where sleeping is forbidden. */
  ATOMIC: 2,
  /** The page is zeroed. */
  ZERO: 4,
} as const;

/** Why an operation looks up an area. */
export const Purpose = {
  /** To free it. */
  FREE: 0,
  /** To make an access that is valid while the area is in use. */
  USE: 1,
  /** To make an access past the area's end, which is a bug. */
  OVERRUN: 2,
  /** To make an access to a page that belongs to nobody, which is a bug. */
  STRAY: 3,
  /** To make a valid access to a page outside all areas. */
  BYSTAND: 4,
  /** To make an access to memory it has freed, which is a bug until somebody else gets the page. */
  STALE: 5,
  /** To allocate its page of memory, if the page is free. */
  TAKE: 6,
  /** To free its page of memory, if the page is in use. */
  GIVE: 7,
  /** To access a page of memory: valid if the page is in use, a bug if it is free. */
  ACCESS: 8,
  /** To access a redzone in a page of memory: a bug if the page is free, or in use as kernel memory; other memory has none. */
  REDZONE: 9,
} as const;

/** Events that the properties are told about. */
export const NoteKind = {
  /** Accesses to `b` pages from page `c` on become undecided. */
  OPEN: 0,
  /** Accesses to them become valid. The pages are those of handle `b >> 8`. */
  LIVE: 1,
  /** Accesses to them become bugs. */
  DEAD: 2,
  /** An access was judged: `b` is the check's result. */
  VERDICT: 3,
  /** Accesses to page `c` become valid, but for those to its redzones if it is kernel memory: `b` is 1. */
  TAKEN: 4,
} as const;
