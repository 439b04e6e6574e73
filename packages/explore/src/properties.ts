/** The checked properties, by number. */
export const Property = {
  /** `missed-bug`. */
  MISSED_BUG: 0,
  /** `false-report`. */
  FALSE_REPORT: 1,
  /** `shadow-fault`. */
  SHADOW_FAULT: 2,
  /** `early-free`. */
  EARLY_FREE: 3,
  /** `lost-page`. */
  LOST_PAGE: 4,
  /** `break-before-make`. */
  BREAK_BEFORE_MAKE: 5,
  /** `atomic-sleep`. */
  ATOMIC_SLEEP: 6,
  /** `deadlock`. */
  DEADLOCK: 7,
  /** `failure`. */
  FAILURE: 8,
} as const;

/** Description of a property for users. */
export interface PropertyInfo {
  /** Name for command lines. */
  readonly name: string;
  /** The property in words. */
  readonly holds: string;
}

/** All properties, by number. */
export const PROPERTIES: readonly PropertyInfo[] = [
  { name: "missed-bug", holds: "no bad access is judged good" },
  { name: "false-report", holds: "no good access is reported" },
  { name: "shadow-fault", holds: "the check of a good access does not fault on its shadow" },
  { name: "early-free", holds: "no page of shadow is freed while a table, a TLB or a CPU's code can still reach it" },
  { name: "lost-page", holds: "no page is lost at the end: what is allocated is mapped" },
  { name: "break-before-make", holds: "an entry is invalid, and flushed everywhere, before it leads elsewhere" },
  { name: "atomic-sleep", holds: "no allocation that may sleep where sleeping is forbidden" },
  { name: "deadlock", holds: "somebody can always go on" },
  { name: "failure", holds: "the code itself does not fail" },
];

/** A violated property. */
export interface Violation {
  /** {@link PropertyInfo.name}, or the name of a user's predicate. */
  readonly property: string;
  /** A description of what happened. */
  readonly what: string;
  /** The CPU whose step revealed it; -1 if none did. */
  readonly cpu: number;
}
