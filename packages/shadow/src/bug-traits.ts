import type { PoisonBug } from "./poison.ts";
import { atLeast, type KernelVersion } from "./version.ts";

/** The names that Linux 4.4 to 6.17 give to bugs (`mm/kasan/report*.c`). */
export type KnownBugType =
  | PoisonBug
  | "out-of-bounds"
  | "null-ptr-deref"
  | "user-memory-access"
  | "wild-memory-access"
  | "unknown-crash"
  | "invalid-access"
  | "double-free"
  | "invalid-free"
  | "double-free or invalid-free";

/** The name of a bug in a report's title: a known name, or any other that a log has. */
export type BugType = KnownBugType | (string & {});

/**
 * The memory that the bug is about: slab objects and pages (`heap`), variables on a stack (`stack`), memory that `alloca()` took
 * from the stack (`alloca`), global variables, vmalloc space, or no memory of the kernel (`null`, `user`, `wild`). `tags`: only
 * the tags are known to differ. `free`: memory that could not be freed. `unknown`: the name does not tell.
 */
export type BugFamily =
  | "heap"
  | "stack"
  | "alloca"
  | "global"
  | "vmalloc"
  | "null"
  | "user"
  | "wild"
  | "tags"
  | "free"
  | "unknown";

/** The kind of mistake. `either-free`: the kernel did not tell a double free from an invalid one. */
export type BugFault =
  | "out-of-bounds"
  | "use-after-free"
  | "use-after-scope"
  | "double-free"
  | "invalid-free"
  | "either-free"
  | "no-memory"
  | "unknown";

/** A name that kernels have given up. */
export interface FormerName {
  /** The name. */
  readonly name: KnownBugType;
  /** The first version without it, `[major, minor]`. */
  readonly until: readonly [number, number];
}

/** The meaning of a bug's name. */
export interface BugTraits {
  /** The memory that the bug is about. */
  readonly family: BugFamily;
  /** The kind of mistake. */
  readonly fault: BugFault;
  /** Set if the memory was dead: it had been freed, or its scope had been left. */
  readonly phase?: "after-free" | "after-scope";
  /** The word that 6.12 puts before the size of the object's region (`describe_object_addr` in `mm/kasan/report.c`). */
  readonly region?: "allocated" | "freed";
  /** The name that older kernels, from 4.4 on, use instead. */
  readonly formerly?: FormerName;
  /** The name before 4.4, if it is not just today's name without `slab-` and with blanks for hyphens. */
  readonly before4_4?: string;
}

const EITHER_FREE = { name: "double-free or invalid-free", until: [6, 0] } as const;

/** The meaning of each known name. */
export const BUG_TRAITS: Readonly<Record<KnownBugType, BugTraits>> = {
  "slab-out-of-bounds": {
    family: "heap",
    fault: "out-of-bounds",
    region: "allocated",
    before4_4: "out of bounds access",
  },
  "slab-use-after-free": {
    family: "heap",
    fault: "use-after-free",
    phase: "after-free",
    region: "freed",
    formerly: { name: "use-after-free", until: [6, 4] },
  },
  "use-after-free": { family: "heap", fault: "use-after-free", phase: "after-free" },
  "stack-out-of-bounds": { family: "stack", fault: "out-of-bounds", before4_4: "out of bounds on stack" },
  "alloca-out-of-bounds": { family: "alloca", fault: "out-of-bounds" },
  "use-after-scope": { family: "stack", fault: "use-after-scope", phase: "after-scope" },
  "global-out-of-bounds": { family: "global", fault: "out-of-bounds", before4_4: "out of bounds on global" },
  "vmalloc-out-of-bounds": { family: "vmalloc", fault: "out-of-bounds" },
  "out-of-bounds": { family: "unknown", fault: "out-of-bounds" },
  "null-ptr-deref": { family: "null", fault: "no-memory" },
  "user-memory-access": { family: "user", fault: "no-memory" },
  "wild-memory-access": { family: "wild", fault: "no-memory" },
  "invalid-access": { family: "tags", fault: "unknown" },
  "double-free": { family: "free", fault: "double-free", phase: "after-free", formerly: EITHER_FREE },
  "invalid-free": { family: "free", fault: "invalid-free", formerly: EITHER_FREE },
  "double-free or invalid-free": { family: "free", fault: "either-free", phase: "after-free" },
  "unknown-crash": { family: "unknown", fault: "unknown" },
};

/** Whether `name` is one of {@link KnownBugType}. */
export function isKnownBugType(name: string): name is KnownBugType {
  return Object.hasOwn(BUG_TRAITS, name);
}

/**
 * The meaning of a bug's name. A name that is not in {@link BUG_TRAITS} is judged by its words, since kernels build names from
 * the memory and the mistake: `slab-out-of-bounds`. The hint of an oops works too: `probably user-memory-access`.
 *
 * @example
 * ```ts
 * import { bugTraits } from "@kasan/shadow";
 *
 * const { family, fault } = bugTraits("slab-out-of-bounds");
 * console.log(family, fault); // heap out-of-bounds
 * ```
 */
export function bugTraits(name: BugType): BugTraits {
  return isKnownBugType(name) ? BUG_TRAITS[name] : traitsByWords(name);
}

/** Words for mistakes. The first that a name contains counts. */
const FAULT_WORDS: readonly (readonly [words: string, traits: Pick<BugTraits, "fault" | "phase">])[] = [
  ["use-after-free", { fault: "use-after-free", phase: "after-free" }],
  ["use-after-scope", { fault: "use-after-scope", phase: "after-scope" }],
  ["double-free", { fault: "double-free", phase: "after-free" }],
  ["free", { fault: "invalid-free" }],
  ["bounds", { fault: "out-of-bounds" }],
];

/** Words for memory. The first that a name contains counts. */
const FAMILY_WORDS: readonly (readonly [word: string, family: BugFamily])[] = [
  ["null-ptr", "null"],
  ["user-memory", "user"],
  ["wild", "wild"],
  ["invalid-access", "tags"],
  ["stack", "stack"],
  ["alloca", "alloca"],
  ["scope", "stack"],
  ["global", "global"],
  ["vmalloc", "vmalloc"],
  ["slab", "heap"],
];

function traitsByWords(name: string): BugTraits {
  const words = name.toLowerCase().replaceAll(" ", "-");
  const family = FAMILY_WORDS.find(([word]) => words.includes(word))?.[1];
  const traits = FAULT_WORDS.find(([part]) => words.includes(part))?.[1];
  if (family === "null" || family === "user" || family === "wild") return { family, fault: "no-memory" };
  if (traits === undefined) return { family: family ?? "unknown", fault: "unknown" };
  if (traits.fault === "double-free" || traits.fault === "invalid-free") return { family: "free", ...traits };
  return { family: family ?? (traits.fault === "use-after-free" ? "heap" : "unknown"), ...traits };
}

/** The name that kernels of `version` (4.4 or later) use for a bug that 6.12 calls `type`. */
export function hyphenatedNameIn(type: KnownBugType, version: KernelVersion): KnownBugType {
  const { formerly } = BUG_TRAITS[type];
  return formerly && !atLeast(version, ...formerly.until) ? formerly.name : type;
}

/** The name that a kernel of `version` (any) prints for a bug that 6.12 calls `type`. Unknown names stay as they are. */
export function bugTypeIn(type: BugType, version: KernelVersion): string {
  if (atLeast(version, 4, 4)) return isKnownBugType(type) ? hyphenatedNameIn(type, version) : type;
  const { before4_4, fault } = bugTraits(type);
  return before4_4 ?? (fault === "no-memory" ? type : type.replace(/^slab-/, "").replaceAll("-", " "));
}

/** Whether two names mean the same bug: they are equal, or one is the older name of the other. */
export function isSameBugType(a: BugType, b: BugType): boolean {
  return a === b || formerName(a) === b || formerName(b) === a;
}

function formerName(name: BugType): BugType | undefined {
  return bugTraits(name).formerly?.name;
}
