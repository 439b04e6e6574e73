import { isKnownBugType, type KnownBugType } from "@kasan/shadow";

/** The type of a crash that is of no known kind: syzkaller's form has no word for it (`UnknownType` in its `pkg/report/crash/types.go`). */
export const UNKNOWN = "";

/** The type that triage systems count a bug as. */
interface KasanKind {
  readonly type: string;
  /** Whether reads and writes are counted apart. */
  readonly byAccess?: boolean;
  /** Accesses that triage systems know for the bug; others, and titles without one, count as `KASAN-UNKNOWN`. */
  readonly accesses: readonly ("Read" | "Write" | "")[];
}

// A title without an access counts as a read. Titles with the newer names of bugs always have an access.
const ANY = ["", "Read", "Write"] as const;
const SAID = ["Read", "Write"] as const;
const FREE: KasanKind = { type: "INVALID-FREE", accesses: ANY };
const ACCESS: KasanKind = { type: "", byAccess: true, accesses: SAID };

const KASAN_KINDS: Readonly<Partial<Record<KnownBugType, KasanKind>>> = {
  "invalid-free": FREE,
  "double-free or invalid-free": FREE,
  "use-after-free": { type: "USE-AFTER-FREE", byAccess: true, accesses: ANY },
  "slab-use-after-free": { type: "USE-AFTER-FREE", byAccess: true, accesses: SAID },
  "null-ptr-deref": { type: "NULL-POINTER-DEREFERENCE", byAccess: true, accesses: SAID },
  "slab-out-of-bounds": { ...ACCESS, accesses: ANY },
  "stack-out-of-bounds": { ...ACCESS, accesses: ANY },
  "wild-memory-access": { ...ACCESS, accesses: ANY },
  "global-out-of-bounds": ACCESS,
  "vmalloc-out-of-bounds": ACCESS,
  "out-of-bounds": ACCESS,
  "user-memory-access": ACCESS,
  "invalid-access": { ...ACCESS, accesses: ["Read"] },
  "unknown-crash": { ...ACCESS, accesses: ["Read"] },
};

/** The kind of bug that a title of KASAN names, as triage systems count them: `KASAN-USE-AFTER-FREE-WRITE`. */
export function kasanType(title: string): string {
  const [, bug, access] = /^KASAN: ([a-z -]+?)(?: (Read|Write))?(?: in .*| on .*)?$/.exec(title) ?? [];
  const did = (access ?? "") as "Read" | "Write" | "";
  const kind = bug !== undefined && isKnownBugType(bug) ? KASAN_KINDS[bug] : undefined;
  if (!kind?.accesses.includes(did)) return "KASAN-UNKNOWN";
  return ["KASAN", kind.type, kind.byAccess ? (did || "Read").toUpperCase() : ""].filter(Boolean).join("-");
}
