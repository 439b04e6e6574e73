/** The three modes of KASAN, as `CONFIG_KASAN_GENERIC`, `CONFIG_KASAN_SW_TAGS` and `CONFIG_KASAN_HW_TAGS` choose them. */
export type KasanMode = "generic" | "sw_tags" | "hw_tags";

// Generic mode's poison values, as in Linux 6.12 (mm/kasan/kasan.h); legend() has those of other versions.

/** Freed page. */
export const KASAN_PAGE_FREE = 0xff;
/** Redzone of a `kmalloc` that is too large for slab. */
export const KASAN_PAGE_REDZONE = 0xfe;
/** Redzone of a slab object. */
export const KASAN_SLAB_REDZONE = 0xfc;
/** Freed slab object. */
export const KASAN_SLAB_FREE = 0xfb;
/** First granule of a freed slab object that holds the stack of its free (5.9 and later). */
export const KASAN_SLAB_FREE_META = 0xfa;
/** Redzone of a global variable. */
export const KASAN_GLOBAL_REDZONE = 0xf9;
/** Space in a vmalloc area that nobody may touch. The compiler's use-after-scope has the same value. */
export const KASAN_VMALLOC_INVALID = 0xf8;
/** A local variable out of its scope. Compiler ABI; only on stacks, so the address tells it from vmalloc's. */
export const KASAN_USE_AFTER_SCOPE = 0xf8;
/** Before the first variable of a stack frame. Compiler ABI, like the three that follow. */
export const KASAN_STACK_LEFT = 0xf1;
/** Between two variables of a stack frame. */
export const KASAN_STACK_MID = 0xf2;
/** After the last variable of a stack frame. */
export const KASAN_STACK_RIGHT = 0xf3;
/** Partly usable granule of a stack frame. */
export const KASAN_STACK_PARTIAL = 0xf4;
/** Before an `alloca`. */
export const KASAN_ALLOCA_LEFT = 0xca;
/** After an `alloca`. */
export const KASAN_ALLOCA_RIGHT = 0xcb;

/** The tag of native kernel pointers, which matches all memory (`include/linux/kasan-tags.h`). */
export const KASAN_TAG_KERNEL = 0xff;
/** The tag of inaccessible memory: the one poison value of the tag-based modes. */
export const KASAN_TAG_INVALID = 0xfe;

/**
 * The value of untouched shadow, before anything poisons or unpoisons it: `KASAN_SHADOW_INIT` in `include/linux/kasan.h`.
 * All memory is accessible in generic mode, none (but to native pointers) in the tag-based modes.
 */
export function shadowInit(mode: KasanMode): number {
  return mode === "generic" ? 0 : KASAN_TAG_INVALID;
}

/** The meaning of a shadow byte for its granule. */
export type MemoryState =
  | "accessible"
  | "partial"
  | "redzone"
  | "freed"
  | "out-of-scope"
  | "unallocated"
  | "tagged"
  | "unknown";

/** The bug types that generic mode reads from a poison value. */
export type PoisonBug =
  | "slab-out-of-bounds"
  | "global-out-of-bounds"
  | "stack-out-of-bounds"
  | "alloca-out-of-bounds"
  | "vmalloc-out-of-bounds"
  | "use-after-free"
  | "slab-use-after-free"
  | "use-after-scope";

/** One poison value and the kernel versions in which it has this meaning. */
export interface PoisonValue {
  /** The shadow byte, 0x80 … 0xff. */
  readonly value: number;
  /** The kernel's name for it, as spelled in 6.12 (or in the last version that had it). */
  readonly name: string;
  /** Its meaning for its granule. */
  readonly state: MemoryState;
  /** One sentence for people, without a full stop. */
  readonly meaning: string;
  /** The name in 6.12 of an access to such memory; absent where the mode cannot tell. */
  readonly bug?: PoisonBug;
  /** First version, `[major, minor]`; absent: since KASAN was merged (4.0; tags: 5.0). */
  readonly since?: readonly [number, number];
  /** First version that no longer has it. */
  readonly until?: readonly [number, number];
  /** Holds for addresses on a task's stack only, and there wins over the others of its value. */
  readonly onStack?: true;
}

const STACK = { state: "redzone", bug: "stack-out-of-bounds" } as const;
const ALLOCA = { state: "redzone", bug: "alloca-out-of-bounds", since: [4, 16] } as const;
const GLOBAL = {
  name: "KASAN_GLOBAL_REDZONE",
  state: "redzone",
  meaning: "redzone of a global variable",
  bug: "global-out-of-bounds",
} as const;
const VMALLOC = {
  name: "KASAN_VMALLOC_INVALID",
  state: "unallocated",
  meaning: "inaccessible space in a vmalloc area: unmapped, freed, or past the end of the allocation",
  bug: "vmalloc-out-of-bounds",
} as const;
const SCOPE = {
  value: KASAN_USE_AFTER_SCOPE,
  name: "KASAN_USE_AFTER_SCOPE",
  state: "out-of-scope",
  meaning: "local variable that is out of scope",
  bug: "use-after-scope",
} as const;

// Values moved twice: 5.9 (e4b7818b9aa8) gave 0xfa to the free track and shifted the two below it down by one; and
// 0xf8 was use-after-scope from 4.9 (828347f8f9a5) until 5.1 (7771bdbbfd3d). Clang still emits it for that when asked.
/** Generic mode's table, all versions; `legend` picks. */
export const GENERIC_POISON: readonly PoisonValue[] = [
  {
    value: KASAN_PAGE_FREE,
    name: "KASAN_PAGE_FREE",
    state: "freed",
    meaning: "freed page, or one that was never allocated",
    bug: "use-after-free",
  },
  {
    value: KASAN_PAGE_REDZONE,
    name: "KASAN_PAGE_REDZONE",
    state: "redzone",
    meaning: "redzone of a large kmalloc, one that has pages of its own",
    bug: "slab-out-of-bounds",
  },
  {
    value: KASAN_SLAB_REDZONE,
    name: "KASAN_SLAB_REDZONE",
    state: "redzone",
    meaning: "redzone of a slab object, or a part of a slab that was never allocated",
    bug: "slab-out-of-bounds",
  },
  {
    value: KASAN_SLAB_FREE,
    name: "KASAN_SLAB_FREE",
    state: "freed",
    meaning: "freed slab object",
    bug: "slab-use-after-free",
  },
  {
    value: KASAN_SLAB_FREE_META,
    name: "KASAN_SLAB_FREE_META",
    state: "freed",
    meaning: "start of a freed slab object; it holds the stack of the free",
    bug: "slab-use-after-free",
    since: [5, 9],
  },
  { value: 0xfa, ...GLOBAL, until: [5, 9] },
  { value: KASAN_GLOBAL_REDZONE, ...GLOBAL, since: [5, 9] },
  { value: 0xf9, ...VMALLOC, since: [5, 5], until: [5, 9] },
  { value: KASAN_VMALLOC_INVALID, ...VMALLOC, since: [5, 9] },
  { ...SCOPE, since: [4, 9], until: [5, 1] },
  { ...SCOPE, since: [5, 1], onStack: true },
  { value: KASAN_STACK_LEFT, name: "KASAN_STACK_LEFT", meaning: "left redzone of a stack frame", ...STACK },
  { value: KASAN_STACK_MID, name: "KASAN_STACK_MID", meaning: "redzone between two local variables", ...STACK },
  { value: KASAN_STACK_RIGHT, name: "KASAN_STACK_RIGHT", meaning: "right redzone of a stack frame", ...STACK },
  {
    value: KASAN_STACK_PARTIAL,
    name: "KASAN_STACK_PARTIAL",
    meaning: "partly usable granule of a stack frame",
    ...STACK,
  },
  { value: KASAN_ALLOCA_LEFT, name: "KASAN_ALLOCA_LEFT", meaning: "left redzone of an alloca", ...ALLOCA },
  { value: KASAN_ALLOCA_RIGHT, name: "KASAN_ALLOCA_RIGHT", meaning: "right redzone of an alloca", ...ALLOCA },
];

// Tag-based modes say "freed" and "redzone" with the same value (include/linux/kasan-tags.h).
/** The tag-based modes' table. */
export const TAG_POISON: readonly PoisonValue[] = [
  {
    value: KASAN_TAG_KERNEL,
    name: "KASAN_TAG_KERNEL",
    state: "accessible",
    meaning: "memory of the native kernel tag; as a pointer's tag it matches all memory",
  },
  {
    value: KASAN_TAG_INVALID,
    name: "KASAN_TAG_INVALID",
    state: "unallocated",
    meaning: "inaccessible memory: freed, or a redzone",
  },
];
