import type { Arena, TagChecks, Tlbs } from "@kasan/mmu";
import type { FrameObject, KasanReport, StackFrame } from "@kasan/report";
import type { AccessResult, KasanMode, MakePageScheme, ShadowLayout } from "@kasan/shadow";
import type { MakeScheme, ShadowScheme } from "@kasan/vmalloc";
import type { AccessChecks } from "../../mm/access-checks.ts";
import type { PageHooks } from "../../mm/buddy.ts";
import type { Pointers } from "../../mm/pointers.ts";
import type { ObjectHooks } from "../../mm/slab/hooks.ts";
import type { PlaceMeta } from "../../mm/slab/layout.ts";
import type { BootRecord } from "../../smp/boot-record.ts";
import type { Mechanism } from "../generic/mechanisms.ts";
import type { Incident } from "../incident.ts";
import type { BootParameters } from "../parameters.ts";
import type { PageShadowStatistics } from "../shadow/by-page.ts";
import type { ShadowPart } from "../shadow/parts.ts";
import type { ModeMachine } from "./machine.ts";

/** The name of a mode of KASAN, or `off`. */
export type ModeName = KasanMode | "off";

/** Boot parameters that apply in each mode, without KASAN as well: those that fill memory with zeros, and what `%p` prints. */
export const PARAMETERS_OF_ALL_MODES: readonly string[] = ["init_on_alloc", "init_on_free", "no_hash_pointers"];

/**
 * The static description of a KASAN mode. The `RunningMode` that `start` creates does its work in a machine. To add a mode, write
 * one of these and add it to the table (`index.ts`).
 *
 * | used by | member |
 * |---|---|
 * | people | `name`, `title`, `tags` |
 * | options | `needsTopByteIgnored`, `hasMechanisms`, `hasShadowSchemes`, `bootParameters` |
 * | boot, plan | `granule`, `arenaBytes`, `memoryFlags`, `slab`, `tagStorage`, `quarantine`, `depot`, `stackRing` |
 * | compiler | `compile` |
 * | machine | `start` |
 */
export interface Mode {
  /** Name used on command lines and in configurations. */
  readonly name: ModeName;
  /** Title for headings. */
  readonly title: string;
  /** Properties of its tags; undefined in a mode without tags. */
  readonly tags: TagTraits | undefined;
  /** Whether the processor must ignore the top byte of addresses. */
  readonly needsTopByteIgnored: boolean;
  /** Whether {@link Mechanism}s can be left out. */
  readonly hasMechanisms: boolean;
  /** Whether a per-page scheme may be selected; it has an effect only if there is shadow. */
  readonly hasShadowSchemes: boolean;
  /** Names of the boot parameters that apply. */
  readonly bootParameters: readonly string[];
  /** Bytes of memory per byte of shadow; 0: the mode has no shadow. */
  readonly granule: number;
  /** Bytes of memory per byte of the memory controller's tag storage; 0: none. */
  readonly tagStorage: number;
  /** Whether freed objects wait in a quarantine. */
  readonly quarantine: boolean;
  /** Whether call stacks are saved, in the stack depot. */
  readonly depot: boolean;
  /** Whether the stacks of allocations and frees are kept in a ring instead of with the objects. */
  readonly stackRing: boolean;
  /** Rules for the layout of slab caches. */
  readonly slab: SlabRules;
  /** Page flags for memory that may have tags: the direct map, and vmalloc areas over pages of their own. */
  readonly memoryFlags: number;
  /** Bytes of the arena that it needs, for the given bytes of RAM. */
  arenaBytes(memoryBytes: number): number;
  /** Compiler options for it. */
  readonly compile: CompileRules;
  /** Boot: starts the mode in a machine. At this point only the `ModeSetup` and `machine.ram` are available. */
  start(machine: ModeMachine, setup: ModeSetup): RunningMode;
}

/** Properties of a mode's tags. */
export interface TagTraits {
  /** Number of different tags that objects can have. */
  readonly count: number;
  /** Kinds of variables that are not tagged, named for users. */
  readonly without: readonly ("globals" | "the stack")[];
}

/** Rules for the layout of slab caches in a mode. */
export interface SlabRules {
  /** Minimum alignment of objects in bytes: tags apply to whole granules (ARCH_SLAB_MINALIGN). */
  readonly align: number;
  /** Places the metadata; undefined if none is kept with objects. */
  readonly placeMeta: PlaceMeta | undefined;
}

/** Options of the instrumentation. */
export interface CompileChoice {
  /** `outline`: checks are function calls; `inline`: the shadow is read inline. */
  readonly instrument: "outline" | "inline";
  /** `KASAN_SHADOW_OFFSET`. */
  readonly shadowOffset: bigint;
  /** Whether variables that went out of scope are poisoned. */
  readonly useAfterScope: boolean;
  /** Whether stack variables have redzones. */
  readonly stack: boolean;
}

/** Arguments for instrumenting a file. */
export interface Instrumentation {
  /** Arguments for the compiler. */
  readonly compiler: readonly string[];
  /** Arguments for LLVM. */
  readonly llvm: readonly string[];
}

/** Compiler options for a mode (scripts/Makefile.kasan). */
export interface CompileRules {
  /** Kernel configuration macros as `NAME=value`, for headers and for guests that test them. */
  config(choice: CompileChoice): readonly string[];
  /**
   * Arguments for instrumenting a file. They are passed to the compiler itself, because the driver rejects them for WebAssembly.
   */
  instrument(choice: CompileChoice): Instrumentation;
  /** Macros that tell the code that it is instrumented. */
  readonly instrumented: readonly string[];
}

/** Inputs for starting a mode. */
export interface ModeSetup {
  /** Records what boot does, for other threads to replay. */
  readonly boot: BootRecord;
  /** Memory behind RAM. */
  readonly arena: Arena;
  /** Bytes of a page. */
  readonly pageSize: number;
  /** This CPU's TLB. */
  readonly tlb: ReturnType<Tlbs["cpu"]>;
  /** Maps addresses to shadow addresses. */
  readonly layout: ShadowLayout;
  /** Backing of each part of the shadow. */
  readonly shadowParts: readonly ShadowPart[];
  /** Memory for the direct map's shadow or for a scheme's marks: physical address, and bytes. */
  readonly directShadow: { readonly at: number; readonly bytes: number };
  /** Ranges of page frames for the page allocator: the first, and the one after the last. */
  readonly free: readonly (readonly [from: number, to: number])[];
  /** Allocates a page of RAM that boot cannot do without. Returns its physical address. */
  readonly bootPage: () => number;
  /** KASAN parameters of the kernel's command line. */
  readonly parameters: BootParameters;
  /** Seed of random tags. */
  readonly seed: number;
  /** Mechanisms to leave out. */
  readonly without: readonly Mechanism[];
  /** Selects the pages of the direct map that have shadow; by default all have it. */
  readonly byPage: MakePageScheme | undefined;
}

/** Kernel functions that save a stack with an object, starting at the caller of `kasan_save_stack()`, innermost first. */
export interface SavePaths {
  /** Functions for an allocation. */
  readonly allocation: readonly string[];
  /** Functions for a free. */
  readonly free: readonly string[];
}

/** A mode's hooks for pages. A mempool's block of pages is given by its first frame and log2 of the number of pages. */
export interface KasanPageHooks extends PageHooks {
  /** A mempool keeps a block (__kasan_mempool_poison_pages). @returns the bug if it must not; undefined if it may */
  keep(pfn: number, order: number): "invalid-free" | "double-free" | undefined;
  /** The mempool hands the block out again (__kasan_mempool_unpoison_pages). */
  handOut(pfn: number, order: number): void;
}

/** Kernel support for a processor that compares tags; see {@link AccessChecks} for accesses by code outside wasm. */
export interface HardwareTags extends AccessChecks {
  /** Buffer offset of the tag storage, for compiled code; undefined if tags are not compared. */
  readonly storage: number | undefined;
  /** Tells a CPU's MMU whether the CPU compares tags; undefined if it never does. */
  readonly comparison: TagChecks | undefined;
  /** Flags visible to guests: bit 0 in use, 1 vmalloc, 2 stacks, 3 on `SCTLR_EL1.TCF`. */
  readonly flags: number;
  /** Makes this CPU check tags as the boot parameters say (kasan_enable_hw_tags). */
  enable(): void;
  /** Reports recorded faults now (kasan_force_async_fault). */
  force(): void;
  /** Called when the CPU switches to another task. */
  onSwitch(): void;
  /** Called when the kernel returns to user space. */
  onExit(): void;
}

/** The slab object that contains an address or is nearest to it. */
export interface FoundObject {
  /** Physical address of its start. */
  readonly start: number;
  /** Its cache. */
  readonly cache: {
    readonly name: string;
    readonly objectSize: number;
    readonly allocMeta: number;
    readonly freeMeta: number;
  };
}

/** The parts of a report that describe a slab object. */
export type ObjectPart = Pick<KasanReport, "object" | "allocated" | "freed" | "aux">;

/** A mode's findings about an incident. */
export interface Finding {
  /** Name of the bug. */
  readonly bugType: string;
  /** Describes the object, if there is one. */
  describe(object: FoundObject): ObjectPart;
}

/** Facts about an incident that are passed to a mode. */
export interface Circumstances {
  /** The first bad address, from {@link ModeReport.firstBad}. */
  readonly first: bigint;
  /** The object that the pointer refers to. */
  readonly object: FoundObject | undefined;
  /** Whether the address is on the running task's stack. */
  readonly onStack: boolean;
}

/** The instrumented stack frame that contains an address. */
export interface FoundFrame {
  /** Offset of the address from the frame's start, in bytes. */
  readonly offset: number;
  /** The function. */
  readonly function: StackFrame;
  /** Its variables. */
  readonly objects: readonly FrameObject[];
}

/** The mode-specific part of reports (mm/kasan/report_generic.c, report_sw_tags.c, report_hw_tags.c, report_tags.c). */
export interface ModeReport {
  /** Bytes described by each byte of the printed memory state. */
  readonly granule: 8 | 16;
  /** Finds the first bad address. */
  firstBad(incident: Incident): bigint;
  /** Classifies the bug. */
  examine(incident: Incident, circumstances: Circumstances): Finding;
  /** Tags of the pointer and the memory. */
  tags(incident: Incident, first: bigint): { readonly pointerTag?: number; readonly memoryTag?: number };
  /** The frame around an address on the running task's stack; undefined if the mode does not know it. */
  frame(address: bigint): FoundFrame | undefined;
}

/** Statistics of a mode. Bytes unless the name says otherwise. */
export interface ModeStatistics {
  /** The direct map's shadow; under a per-page scheme, the current amount. */
  readonly directShadow: number;
  /** Costs of a per-page scheme. */
  readonly pageShadow: PageShadowStatistics | undefined;
  /** Hardware tag storage, which is outside RAM: four bits per 16 bytes. */
  readonly tagStorage: number;
  /** Checks that compiled code could not decide alone. */
  readonly slowChecks: number;
}

/** A mode at work in a machine, as seen by one CPU. Addresses are pointers and may be tagged; halves are passed low first. */
export interface RunningMode {
  /** Whether bugs are found and reported. */
  readonly enabled: boolean;
  /** Whether there is shadow memory. */
  readonly hasShadow: boolean;
  /** The mechanisms in use. */
  readonly mechanisms: ReadonlySet<Mechanism>;
  /** The interpretation of a pointer's top byte. */
  readonly pointers: Pointers;
  /** Which of the kernel's log styles applies. */
  readonly style: "style" | "tagsStyle";
  /** Kernel functions that save stacks. */
  readonly saves: SavePaths;
  /** Hooks for pages. */
  readonly pages: KasanPageHooks;
  /** Hooks for slab objects. */
  readonly objects: ObjectHooks;
  /** The processor's tag support. */
  readonly hardware: HardwareTags;
  /** The mode's part of reports. */
  readonly report: ModeReport;
  /** Flags ({@link Gfp}) for the pages of vmalloc areas. */
  readonly areaGfp: number;

  /** Boot: lays out the shadow, once there are page tables. */
  layOutShadow(): void;
  /** End of boot: announces that KASAN is ready and lets CPUs check. */
  announce(): void;
  /** Creates the shadow scheme for a part of vmalloc or module space; undefined without shadow. */
  vmallocShadow(make: MakeScheme, start: bigint, end: bigint): ShadowScheme | undefined;
  /** The shadow page that a page of the kernel image needs, in the kernel's pages; -1 if it needs none. */
  shadowPage(vpn: number): number;
  /** Translates a shadow page for compiled code; see `Mmu.translate`. @returns its buffer offset; -1 if the access faults */
  translateShadow(vpn: number, access: number, offset: number): number;

  /** Whether an address has shadow or a tag (addr_has_metadata). */
  hasMetadata(address: bigint): boolean;
  /**
   * The shadow byte of an address, or its hardware tag; -1 if the shadow, or with hardware tags the address itself, is not mapped.
   */
  byteAt(address: bigint): number;
  /** Poisons all granules overlapping `size` bytes from an address, with one of generic mode's values (0: none). */
  fill(address: bigint, size: number, value: number): void;
  /** Like {@link RunningMode.fill}, but with a value of the mode itself: a tag, if it has tags (kasan_poison). */
  set(address: bigint, size: number, value: number): void;
  /** Sets `count` shadow bytes starting at a shadow address. */
  fillShadow(shadowAddress: bigint, count: number, value: number): void;
  /** Makes `size` bytes from the start of a granule accessible to the pointer (kasan_unpoison). */
  unpoison(address: bigint, size: number): void;
  /**
   * Makes a vmalloc area accessible (__kasan_unpoison_vmalloc). `own`: whether it owns its pages.
   *
   * @returns the tag for pointers to it
   */
  unpoisonArea(vpn: number, bytes: number, own: boolean): number;
  /** A pointer to an address, with the memory's tag. */
  pointerTo(address: bigint): bigint;
  /** A random tag; the match-all tag in a mode without tags. */
  randomTag(): number;

  /** Performs the complete check of an access (kasan_check_range). */
  check(low: number, high: number, size: number): AccessResult;
  /**
   * Whether an access is good although the shadow says it is bad. Under a per-page scheme the memory may have no shadow of its own,
   * or this CPU's TLB may be stale. Always false without such a scheme.
   */
  isGoodAfterAll(low: number, high: number, size: number): boolean;
  /** Whether the byte at a pointer is accessible (kasan_byte_accessible). */
  isByteAccessible(pointer: bigint): boolean;

  /** The mode's current statistics. */
  statistics(): ModeStatistics;
}
