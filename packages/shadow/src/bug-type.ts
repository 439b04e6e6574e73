import { ADDRESSES, PAGE_SIZE, truncateAddress } from "./address.ts";
import { hyphenatedNameIn, type KnownBugType } from "./bug-traits.ts";
import { poisonValueOf } from "./legend.ts";
import type { KasanMode } from "./poison.ts";
import { atLeast, DEFAULT_VERSION, type KernelVersion } from "./version.ts";

/** x86-64's `TASK_SIZE` with 4-level page tables: where user addresses end. */
export const TASK_SIZE_X86_64 = 0x7fff_ffff_f000n;

/** The facts by which a bug is named. */
export interface BugFacts {
  /** The operation that failed: an access (the default) or a free. */
  kind?: "access" | "double-free" | "invalid-free";
  /** Generic by default. */
  mode?: KasanMode;
  /** 6.12 by default. */
  version?: KernelVersion;
  /** The pointer as it was used, tag included: 0 … 2^64-1. */
  address: bigint;
  /** Bytes accessed. Negative sizes count as the huge ones that C makes of them. 0 for a free. */
  size: bigint;
  /** Generic mode: the shadow byte of the first bad address. Absent or -1: the address has no shadow. */
  shadow?: number;
  /** Generic mode: the shadow byte after it, which says more if the first bad granule is a partial one. */
  nextShadow?: number;
  /** Whether the first bad address is on a task's stack, where 0xf8 means use-after-scope. False by default. */
  onStack?: boolean;
  /** The end of user addresses; {@link TASK_SIZE_X86_64} by default. */
  taskSize?: bigint;
  /** Tag-based modes: what last happened to a slab object of the pointer's tag, if the kernel remembers one. */
  lastEvent?: "allocated" | "freed";
}

/**
 * Names a bug as a kernel of `facts.version` does: `mm/kasan/report.c`, `report_generic.c` and `report_tags.c`.
 * `unknown-crash` is the answer to shadow that this version does not know.
 */
export function bugType(facts: BugFacts): KnownBugType {
  const { kind = "access", version = DEFAULT_VERSION } = facts;
  if (kind !== "access") return hyphenatedNameIn(kind, version);
  return (facts.mode ?? "generic") === "generic" ? genericBugType(facts, version) : tagsBugType(facts, version);
}

/** Whether the access's size is negative, or so large that its end wraps around. */
function isNegative({ address, size }: BugFacts): boolean {
  return truncateAddress(address) + truncateAddress(size) >= ADDRESSES;
}

function genericBugType(facts: BugFacts, version: KernelVersion): KnownBugType {
  if (isNegative(facts)) return "out-of-bounds";
  const { shadow = -1, nextShadow = 0, onStack = false } = facts;
  if (shadow < 0) return wildBugType(facts);

  const telling = isPartial(shadow) ? nextShadow : shadow;
  // Only a race can leave a bad access without a poison value at this place: the shadow changed since the check.
  if (telling === 0 || isPartial(telling)) return "out-of-bounds";
  const bug = poisonValueOf(telling, { version, onStack })?.bug ?? "unknown-crash";
  return hyphenatedNameIn(bug, version);
}

function isPartial(shadow: number): boolean {
  return shadow > 0 && shadow < 8;
}

function wildBugType({ address, taskSize = TASK_SIZE_X86_64 }: BugFacts): KnownBugType {
  if (address < PAGE_SIZE) return "null-ptr-deref";
  return address < taskSize ? "user-memory-access" : "wild-memory-access";
}

function tagsBugType(facts: BugFacts, version: KernelVersion): KnownBugType {
  if (facts.lastEvent === "freed") return hyphenatedNameIn("slab-use-after-free", version);
  // Before the stack ring of 6.1, the kernel did not say whose bounds.
  if (facts.lastEvent === "allocated") return atLeast(version, 6, 1) ? "slab-out-of-bounds" : "out-of-bounds";
  return isNegative(facts) ? "out-of-bounds" : "invalid-access";
}
