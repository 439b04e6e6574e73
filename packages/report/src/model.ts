import type { KernelVersion } from "@kasan/shadow";
import type { StackFrame } from "./frame.ts";
import type { MemoryState } from "./memory.ts";
import type { SlabObject } from "./object.ts";
import type { PageDump } from "./page.ts";
import type { Taint } from "./taint.ts";

/** A task as reports name it. */
export interface TaskRef {
  /** Its name: `kunit_try_catch`. */
  readonly comm: string;
  /** Its id; 0 is the idle task of a CPU. */
  readonly pid: number;
}

/** What the code did that is reported. */
export interface Access {
  /** `Free` if an object was freed that could not be. */
  readonly kind: "Read" | "Write" | "Free";
  /** Bytes; negative sizes print as the huge ones that C makes of them. Absent for a free, or if unknown. */
  readonly size?: number | bigint;
  /** The pointer as it was used, tag included: 0 … 2^64-1. */
  readonly address: bigint;
  /** Tag-based modes: the pointer's tag, 0 … 255. */
  readonly pointerTag?: number;
  /** Tag-based modes: the tag of the memory at the first bad address, 0 … 255. */
  readonly memoryTag?: number;
}

/** The machine's side of the `CPU:` line and what follows it (`dump_stack_print_info` in `lib/dump_stack.c`). */
export interface Machine {
  /** The CPU's number. */
  readonly cpu: number;
  /** The task's effective user. 0 by default. */
  readonly uid?: number;
  /** Why the kernel is tainted; empty if it is not. */
  readonly taint: readonly Taint[];
  /** What `uname -r` prints: `6.12.117`. */
  readonly release: string;
  /** The first word of what `uname -v` prints: `#1`. */
  readonly build: string;
  /** The distribution's package, `Debian 6.12.117-1`. Empty by default. */
  readonly packageId?: string;
  /** The `Hardware name:` line's text; without it there is no such line. */
  readonly hardware?: string;
}

/** When, where and by whom an object was allocated or freed. */
export interface Track {
  /** The task's id. */
  readonly pid: number;
  /** Its CPU; printed, with the time, by kernels with `CONFIG_KASAN_EXTRA_INFO`. */
  readonly cpu?: number;
  /** Microseconds since boot. */
  readonly timestamp?: number;
  /** The saved stack, innermost frame first; absent if the kernel has none. */
  readonly stack?: readonly StackFrame[];
}

/** One variable of a stack frame. */
export interface FrameObject {
  /** Bytes from the frame's start to the variable. */
  readonly start: number;
  /** Bytes from the frame's start to the byte after it. */
  readonly end: number;
  /** Its name. */
  readonly name: string;
  /** The line that declares it. The kernel does not print it. */
  readonly line?: number;
}

/** The task's own stack, which the bad address is on. */
export interface StackLocation {
  /** Whose stack. */
  readonly task: TaskRef;
  /** The frame around the address, if the kernel found one. */
  readonly frame?: {
    /** Bytes from the frame's start to the bad address. */
    readonly offset: number;
    /** The frame's function; its offset is 0. */
    readonly function: StackFrame;
    /** Its variables, in the order of their addresses. */
    readonly objects: readonly FrameObject[];
  };
}

/** The vmalloc area that the bad address is in. */
export interface VmallocRegion {
  /** Pages mapped in it; 0 for a mapping of other memory. */
  readonly pages: number;
  /** Its first address. */
  readonly start: bigint;
  /** Who made it. */
  readonly caller: StackFrame;
}

/**
 * A KASAN report, filled in stages: what was tried, by whom and from where; then what is known about the address; then
 * the memory around it. All but the first stage can be missing, in a report of an address without shadow, or one read
 * from an incomplete log.
 */
export interface KasanReport {
  /** What the title calls the bug: `slab-out-of-bounds`. A `BugType` of `@kasan/shadow`, or what a log says. */
  readonly bugType: string;
  /** The code that did it. */
  readonly function: StackFrame;
  /** What it did; nothing that is known if {@link KasanReport.asynchronous}. */
  readonly access: Access;
  /** Hardware tags, asynchronous: the access is past, and the kernel knows nothing of it (`kasan_report_async`). */
  readonly asynchronous?: true;
  /** The task that ran it. */
  readonly task: TaskRef;
  /** The kernel's version; the style's by default. */
  readonly version?: KernelVersion;

  /** Where it ran; without it there is no `CPU:` line. */
  readonly machine?: Machine;
  /** The call trace, innermost frame first. */
  readonly callTrace: readonly StackFrame[];

  /** Who allocated the object. */
  readonly allocated?: Track;
  /** Who freed it. */
  readonly freed?: Track;
  /** What last queued work or RCU callbacks for it: at most two stacks, the last first. */
  readonly aux?: readonly (readonly StackFrame[])[];
  /** The slab object nearest to the address. */
  readonly object?: SlabObject;
  /** The global variable at or before the address: symbol, offset, size, module. */
  readonly variable?: StackFrame;
  /** The stack that the address is on. */
  readonly stack?: StackLocation;
  /** The vmalloc area that the address is in; `"virtual mapping"` if all that is known is that it is in vmalloc space. */
  readonly vmalloc?: VmallocRegion | "virtual mapping";
  /** The page that the address is in. */
  readonly page?: PageDump;

  /** The first address of the access whose memory is bad; the access's own address, untagged, by default. */
  readonly firstBad?: bigint;
  /** The shadow around it. Absent if the address has none. */
  readonly memory?: MemoryState;
}

/** The accessed address without its tag, which is what the object and the page are looked up by. */
export function untaggedAddress({ address, pointerTag }: Access): bigint {
  return pointerTag === undefined ? address : address | (0xffn << 56n);
}
