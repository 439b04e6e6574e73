/**
 * KASAN's shadow memory: where the shadow of an address lies, what a shadow byte means, how memory is poisoned and
 * accesses are checked, and what a bug is called. Follows `mm/kasan` of Linux 6.12, and names where other versions differ.
 *
 * @packageDocumentation
 */

export * from "./address.ts";
export {
  BUG_TRAITS,
  type BugFamily,
  type BugFault,
  type BugTraits,
  type BugType,
  bugTraits,
  bugTypeIn,
  type FormerName,
  isKnownBugType,
  isSameBugType,
  type KnownBugType,
} from "./bug-traits.ts";
export * from "./bug-type.ts";
export * from "./bytes.ts";
export * from "./check.ts";
export * from "./error.ts";
export * from "./layout.ts";
export * from "./legend.ts";
export * from "./memory.ts";
export * from "./page-schemes/index.ts";
export * from "./poison.ts";
export * from "./poisoning.ts";
export * from "./scan.ts";
export * from "./shadow-fault.ts";
export * from "./tags.ts";
export * from "./version.ts";
