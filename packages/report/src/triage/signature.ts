import { type BugType, bugTraits, hex, type KernelVersion, PAGE_SIZE } from "@kasan/shadow";
import type { StackFrame } from "../frame.ts";
import type { ParsedReport } from "../parse/parsed.ts";
import { kernelVersionOf } from "../release.ts";
import type { Region } from "../sections/object.ts";
import { isSkippedFrame } from "../title/title.ts";
import { hash } from "./hash.ts";

/** The object of a {@link Signature}. */
export interface SignatureObject {
  /** Its cache. */
  readonly cache: string;
  /** Bytes that were asked for. */
  readonly size: number;
  /** Bytes from the region to the address, as the log says. */
  readonly distance?: number;
}

/** The traits of a bug that do not change from kernel to kernel and from log to log. Functions are innermost first. */
export interface Signature {
  /** The kind of bug, as far as versions agree: `use-after-free`, `out-of-bounds`, `invalid-free`, `bad-access`. */
  readonly family: string;
  /** The stack of the access or the free that is reported. */
  readonly access: readonly string[];
  /** The stack of the allocation. */
  readonly allocated: readonly string[];
  /** The stack of the free. */
  readonly freed: readonly string[];
  /** The object, and where in it the address lies. */
  readonly object?: SignatureObject;
  /** The kernel: what `uname -r` prints. */
  readonly release?: string;
  /** Its version. */
  readonly version?: KernelVersion;
  /** The address, which tells quotations of a report from other reports. */
  readonly address?: string;
}

/** The version of {@link fingerprintOf}: changes whenever fingerprints can change. */
export const FINGERPRINT_VERSION = 1;

/** The number of functions of a stack that tell bugs apart. The functions below them are callers. */
const DEPTH = { access: 4, allocated: 2, freed: 2 } as const;

/** Suffixes that compilers add to names: parts of functions, copies for constants, cold halves. */
const COMPILED = /\.(?:isra|constprop|part|cold|llvm|lto_priv|localalias|clone)(?:\.\d+)?|\.\d+$/g;
/** Entry points, which are the same for all stacks. */
const ENTRY =
  /^(?:entry_|do_syscall|x64_sys|ia32_sys|ret_from_|kthread$|worker_thread$|process_one_work|process_scheduled_works|do_fast_syscall|do_SYSENTER|el0|invoke_syscall|do_el0|asm_|sysvec_|common_interrupt|secondary_start|cpu_startup|start_kernel|rest_init|smpboot_thread|run_ksoftirqd|__do_softirq|do_softirq|handle_softirqs|irq_exit|__irq_exit|kernel_thread|__arm64_sys|__x64_sys|__ia32_sys|__se_sys|__do_sys|SyS_|sys_|SYSC_|ksys_|__sys_|___sys_|____sys_|task_work_run|exit_to_user|do_exit|do_group_exit|get_signal|arch_do_signal|syscall_exit)/;
/** The allocator and KASAN's own bookkeeping, above whoever asked. */
const ALLOCATOR =
  /^(?:save_stack|set_track|kasan|__kasan|____kasan|stack_trace|poison_|slab_|__slab|___slab|kmem_cache|__kmem|__do_kmalloc|k[mzcv]*alloc|__k[mzcv]*alloc|krealloc|k[vz]*free|__k?free|__cache_free|___cache_free|__rcu_free|do_slab|memdup|kmemdup|__?alloc_skb|kfree_|rcu_core|rcu_do_batch|rcu_process|__rcu|rcu_|tree_)/;

/** A function's name without what compilers put behind it. */
export function plainName(symbol: string): string {
  return symbol.replace(COMPILED, "");
}

/** The traits of a report that identify its bug. Inlined functions and unreliable frames do not count. */
export function signatureOf(report: ParsedReport): Signature {
  const { bugType, callTrace, allocated, freed, function: place, form } = report;
  const access = namesOf(callTrace).filter((name) => !isSkippedFrame(name));
  // An oops shows its own place above the trace, not in it.
  const first = place?.symbol === undefined ? undefined : plainName(place.symbol);
  if (form === "oops" && first !== undefined && !isSkippedFrame(first) && access[0] !== first) access.unshift(first);
  if (access.length === 0 && first !== undefined) access.push(first);
  const { object, region, machine } = report;
  const address = report.access?.address;
  return {
    family: familyOf(bugType),
    access,
    allocated: namesOf(allocated?.stack ?? []).filter((name) => !ALLOCATOR.test(name)),
    freed: namesOf(freed?.stack ?? []).filter((name) => !ALLOCATOR.test(name)),
    ...(object && region && { object: { cache: object.cache ?? "", size: region.size, ...distanceOf(region) } }),
    ...(machine?.release !== undefined && { release: machine.release, ...versionOf(machine.release) }),
    // Addresses below are null pointers and offsets from them, the same for many bugs.
    ...(address !== undefined && address >= PAGE_SIZE && { address: hex(address) }),
  };
}

const distanceOf = ({ distance }: Region) => (distance === undefined ? {} : { distance });

function versionOf(release: string): { version?: KernelVersion } {
  const version = kernelVersionOf(release);
  return version ? { version } : {};
}

function namesOf(stack: readonly StackFrame[]): string[] {
  const names: string[] = [];
  for (const { symbol, reliable } of stack) {
    if (!reliable || symbol === undefined) continue;
    const name = plainName(symbol);
    if (!ENTRY.test(name)) names.push(name);
  }
  return names;
}

/** Versions and modes disagree on the finer words. */
function familyOf(bugType: BugType): Signature["family"] {
  const { family, fault, phase } = bugTraits(bugType);
  if (family === "free") return "invalid-free";
  if (phase !== undefined) return "use-after-free";
  return fault === "out-of-bounds" ? "out-of-bounds" : "bad-access";
}

/**
 * A short name for a bug, that depends on its stacks only: not on addresses, offsets, compilers' suffixes, or whether the log
 * was symbolized. Equal fingerprints are the same bug; {@link groupReports} finds the nearly equal.
 *
 * @returns 16 hex digits
 */
export function fingerprintOf(signature: Signature): string {
  return hash(`${FINGERPRINT_VERSION}|${placesOf(signature)}`);
}

/** What a fingerprint is made of: the kind of bug, and where the stacks begin. */
export function placesOf({ family, access, allocated, freed }: Signature): string {
  const stacks = [access.slice(0, DEPTH.access), allocated.slice(0, DEPTH.allocated), freed.slice(0, DEPTH.freed)];
  return [family, ...stacks.map((names) => names.join(">"))].join("|");
}

/** How much each function of a stack counts, compared with the one above it. */
const FADE = 0.75;
/** How many functions of a stack {@link likeness} compares. */
export const COMPARED_FUNCTIONS = 8;
/** How much a function counts that only the longer stack has: a stack that was cut off must not look different. */
const MISSING = 0.3;

/** The likeness of two stacks, innermost function first, 0 … 1: the functions that they share in the same order. Those at the top count most. */
export function likeness(a: readonly string[], b: readonly string[]): number {
  const [rows, columns] = [Math.min(a.length, COMPARED_FUNCTIONS), Math.min(b.length, COMPARED_FUNCTIONS)];
  if (rows === 0 || columns === 0) return 0;
  const shorter = Math.min(rows, columns);
  let all = 0;
  for (let i = 0; i < Math.max(rows, columns); i++) all += (i < shorter ? 1 : MISSING) * WEIGHTS[i]!;
  return Math.min(1, sharedWeight(a, rows, b, columns) / all);
}

/** What a function counts, by its place. */
const WEIGHTS = Float64Array.from({ length: COMPARED_FUNCTIONS }, (_, place) => FADE ** place);
/** The heaviest common subsequences of the ends of two stacks. Used again: grouping compares millions. */
const table = new Float64Array((COMPARED_FUNCTIONS + 1) ** 2);

/** The weight of the heaviest common subsequence of the first functions of two stacks. */
function sharedWeight(a: readonly string[], rows: number, b: readonly string[], columns: number): number {
  const width = columns + 1;
  table.fill(0, 0, (rows + 1) * width);
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      const at = i * width + j;
      const taken = a[i] === b[j] ? WEIGHTS[Math.max(i, j)]! + table[at + width + 1]! : 0;
      table[at] = Math.max(taken, table[at + width]!, table[at + 1]!);
    }
  }
  return table[0]!;
}
