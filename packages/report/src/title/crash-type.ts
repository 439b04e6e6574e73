/** What a bug of KASAN is counted as. */
interface KasanKind {
  readonly bug: RegExp;
  readonly type: string;
  /** Whether reads and writes are counted apart. */
  readonly byAccess?: boolean;
  /** Accesses that triage systems know for the bug; others, and titles without one, count as `KASAN-UNKNOWN`. */
  readonly accesses: readonly ("Read" | "Write" | "")[];
}

// Where a title does not say what was done, it was a read at least. Later names of bugs have always had an access.
const KASAN_KINDS: readonly KasanKind[] = [
  { bug: /^(?:double-free or )?invalid-free$/, type: "INVALID-FREE", accesses: ["", "Read", "Write"] },
  { bug: /^use-after-free$/, type: "USE-AFTER-FREE", byAccess: true, accesses: ["", "Read", "Write"] },
  { bug: /^slab-use-after-free$/, type: "USE-AFTER-FREE", byAccess: true, accesses: ["Read", "Write"] },
  { bug: /^null-ptr-deref$/, type: "NULL-POINTER-DEREFERENCE", byAccess: true, accesses: ["Read", "Write"] },
  {
    bug: /^(?:slab|stack)-out-of-bounds$|^wild-memory-access$/,
    type: "",
    byAccess: true,
    accesses: ["", "Read", "Write"],
  },
  {
    bug: /^(?:(?:global|vmalloc)-)?out-of-bounds$|^user-memory-access$/,
    type: "",
    byAccess: true,
    accesses: ["Read", "Write"],
  },
  { bug: /^(?:invalid-access|unknown-crash)$/, type: "", byAccess: true, accesses: ["Read"] },
];

/** The kind of bug that a title of KASAN names, as triage systems count them: `KASAN-USE-AFTER-FREE-WRITE`. */
export function kasanType(title: string): string {
  const [, bug, access] = /^KASAN: ([a-z -]+?)(?: (Read|Write))?(?: in .*| on .*)?$/.exec(title) ?? [];
  const did = (access ?? "") as "Read" | "Write" | "";
  const kind = KASAN_KINDS.find((known) => known.bug.test(bug ?? "") && known.accesses.includes(did));
  if (kind === undefined) return "KASAN-UNKNOWN";
  return ["KASAN", kind.type, kind.byAccess ? (did || "Read").toUpperCase() : ""].filter(Boolean).join("-");
}
