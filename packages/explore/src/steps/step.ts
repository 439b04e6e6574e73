/**
 * What an operation asks of the machine: the steps between which other CPUs may come. A step has a kind, three numbers and a
 * result; the numbers' meaning depends on the kind.
 */
export const StepKind = {
  /** The operation has ended. */
  DONE: 0,
  /** An operation on the area of handle `a` begins; `b`: {@link Purpose}, `c`: a page. Result: the handle's area, or 0. */
  START: 1,
  /** Reads cell `a`. `b`: 1 if it belongs to the access whose translation came just before. Result: its value. */
  READ: 2,
  /** Writes `b` into cell `a`, by way of the store buffer. */
  WRITE: 3,
  /** Adds `b` to cell `a`, at once and in order, as an atomic instruction does. */
  ADD: 4,
  /** Takes lock `a`. Result: what the data under the lock are. */
  ACQUIRE: 5,
  /** Gives lock `a` back, with data `b`, by way of the store buffer. */
  RELEASE: 6,
  /** Allocates a page. `a`: {@link AllocateFlag}s. Result: its slot, -1 if there is none. */
  ALLOCATE: 7,
  /** Frees page slot `a`. */
  FREE: 8,
  /** A barrier: `a` is a {@link BarrierKind}. */
  BARRIER: 9,
  /** First half of a shootdown: asks every CPU to forget the shadow pages of mask `a`; forgets them itself. */
  SHOOT: 10,
  /** Second half: waits until all CPUs have forgotten. */
  WAIT: 11,
  /** The processor translates shadow page `a` for an access. Result: the frame's slot, or -1: a fault. */
  TRANSLATE: 12,
  /** For the properties alone; takes no time. `a`: {@link NoteKind}. */
  NOTE: 13,
  /** The operation has thrown an error; where and which: the node's site. */
  FAILED: 14,
  /** This CPU alone forgets the shadow pages of mask `a`. */
  FLUSH_LOCAL: 15,
} as const;

/** What a BARRIER orders. */
export const BarrierKind = {
  /** Stores before it come before stores after it: `smp_wmb()`, DMB ISHST. */
  STORES: 0,
  /** Everything before it is done: DSB. */
  ALL: 1,
  /** What follows sees the translations that are in force now: ISB. */
  CONTEXT: 2,
} as const;

/** How a page is allocated. */
export const AllocateFlag = {
  /** It may sleep (GFP_KERNEL). */
  MAY_SLEEP: 1,
  /** It is asked for where sleeping is forbidden. */
  ATOMIC: 2,
  /** It comes filled with zeros. */
  ZERO: 4,
} as const;

/** Why an operation looks at an area. */
export const Purpose = {
  /** It frees it. */
  FREE: 0,
  /** It makes an access that is right while the area is in use. */
  USE: 1,
  /** It makes an access behind the area's end: wrong. */
  OVERRUN: 2,
  /** It makes an access to a page that is nobody's: wrong. */
  STRAY: 3,
  /** It makes an access, right, to a page that is no area's. */
  BYSTAND: 4,
  /** It makes an access to what it has freed: wrong, until somebody else gets the page. */
  STALE: 5,
  /** Its page of memory is allocated, if it is free. */
  TAKE: 6,
  /** It is freed, if it is in use. */
  GIVE: 7,
  /** It makes an access to a page of memory: right if that is in use, wrong if it is free. */
  ACCESS: 8,
} as const;

/** What the properties are told of. */
export const NoteKind = {
  /** From now on it is open whether accesses to `b` pages from page `c` on are right. */
  OPEN: 0,
  /** They are right. The pages are those of handle `b >> 8`. */
  LIVE: 1,
  /** They are wrong. */
  DEAD: 2,
  /** An access has been judged: `b` is the check's answer. */
  VERDICT: 3,
  /** Accesses to page `c` are right. */
  TAKEN: 4,
} as const;
