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

/**
 * A mode of KASAN: what it is. What it does in a machine is the `RunningMode` that `start` makes. To add a mode:
 * write one of these, and add it to the table (`index.ts`).
 *
 * | asked by | member |
 * |---|---|
 * | people | `name`, `title`, `tags` |
 * | options | `needsTopByteIgnored`, `hasMechanisms`, `hasShadowSchemes`, `bootParameters` |
 * | boot, plan | `granule`, `arenaBytes`, `memoryFlags`, `slab`, `tagStorage`, `quarantine`, `depot`, `stackRing` |
 * | compiler | `compile` |
 * | machine | `start` |
 */
export interface Mode {
  /** As command lines and configurations spell it. */
  readonly name: ModeName;
  /** For headings. */
  readonly title: string;
  /** What its tags are; undefined in a mode without tags. */
  readonly tags: TagTraits | undefined;
  /** Whether the processor must ignore the top byte of addresses. */
  readonly needsTopByteIgnored: boolean;
  /** Whether {@link Mechanism}s can be left out. */
  readonly hasMechanisms: boolean;
  /** Whether a per-page scheme may be asked for; it counts only where there is shadow. */
  readonly hasShadowSchemes: boolean;
  /** Names of the boot parameters that mean something. */
  readonly bootParameters: readonly string[];
  /** Bytes of memory that a byte of shadow describes; 0: the mode has no shadow. */
  readonly granule: number;
  /** Bytes of memory that a byte of the memory controller's own tag storage describes; 0: it has none. */
  readonly tagStorage: number;
  /** Whether freed objects wait in a quarantine. */
  readonly quarantine: boolean;
  /** Whether call stacks are saved, in the stack depot. */
  readonly depot: boolean;
  /** Whether stacks of allocations and frees go to a ring rather than to the objects. */
  readonly stackRing: boolean;
  /** How slab caches are laid out. */
  readonly slab: SlabRules;
  /** How memory is mapped that may have tags: the direct map, and areas of vmalloc space over pages of their own. */
  readonly memoryFlags: number;
  /** Bytes of the arena that it takes, of a machine with so many bytes of RAM. */
  arenaBytes(memoryBytes: number): number;
  /** How C is compiled for it. */
  readonly compile: CompileRules;
  /** Boot: what it does in a machine, of which at this time there is only what `ModeSetup` and `machine.ram` are. */
  start(machine: ModeMachine, setup: ModeSetup): RunningMode;
}

/** What the tags of a mode are. */
export interface TagTraits {
  /** How many different tags objects can have. */
  readonly count: number;
  /** Kinds of variables that have none of their own, as people call them. */
  readonly without: readonly ("globals" | "the stack")[];
}

/** How a mode lays out slab caches. */
export interface SlabRules {
  /** Bytes that all objects are aligned to: tags belong to whole granules (ARCH_SLAB_MINALIGN). */
  readonly align: number;
  /** Room for metadata; undefined where none is kept with objects. */
  readonly placeMeta: PlaceMeta | undefined;
}

/** What is asked of the compiler. */
export interface CompileChoice {
  /** `outline`: checks are calls; `inline`: the shadow is read in place. */
  readonly instrument: "outline" | "inline";
  /** `KASAN_SHADOW_OFFSET`. */
  readonly shadowOffset: bigint;
  /** Poison variables that went out of scope. */
  readonly useAfterScope: boolean;
  /** Redzones around stack variables. */
  readonly stack: boolean;
}

/** Arguments that instrument a file. */
export interface Instrumentation {
  /** Of the compiler. */
  readonly compiler: readonly string[];
  /** Of LLVM. */
  readonly llvm: readonly string[];
}

/** How C is compiled for a mode (scripts/Makefile.kasan). */
export interface CompileRules {
  /** Macros of the kernel's configuration, for headers and guests that ask: `NAME=value`. */
  config(choice: CompileChoice): readonly string[];
  /** Arguments that instrument a file. Of the compiler itself: the driver refuses them for WebAssembly. */
  instrument(choice: CompileChoice): Instrumentation;
  /** Macros that say that the file is instrumented. */
  readonly instrumented: readonly string[];
}

/** What a mode starts with. */
export interface ModeSetup {
  /** What boot does, or reads. */
  readonly boot: BootRecord;
  /** Memory behind RAM. */
  readonly arena: Arena;
  /** Bytes of a page. */
  readonly pageSize: number;
  /** This CPU's TLB. */
  readonly tlb: ReturnType<Tlbs["cpu"]>;
  /** Where the shadow of an address is. */
  readonly layout: ShadowLayout;
  /** How each part of the shadow is backed. */
  readonly shadowParts: readonly ShadowPart[];
  /** Memory for the direct map's shadow, or a scheme's marks: physical address, and bytes. */
  readonly directShadow: { readonly at: number; readonly bytes: number };
  /** Page frames that go to the page allocator: first, and the one behind the last. */
  readonly free: readonly (readonly [from: number, to: number])[];
  /** A page of RAM that boot cannot do without: its physical address. */
  readonly bootPage: () => number;
  /** What the kernel's command line says of KASAN. */
  readonly parameters: BootParameters;
  /** Seeds tags. */
  readonly seed: number;
  /** Mechanisms to leave out. */
  readonly without: readonly Mechanism[];
  /** Which pages of the direct map have shadow; by default all have. */
  readonly byPage: MakePageScheme | undefined;
}

/** Kernel functions that save a stack with an object, from the caller of `kasan_save_stack()` on, innermost first. */
export interface SavePaths {
  /** At an allocation. */
  readonly allocation: readonly string[];
  /** At a free. */
  readonly free: readonly string[];
}

/** What a mode does as pages change hands. A mempool's blocks of pages: by their first frame, and log2 of how many. */
export interface KasanPageHooks extends PageHooks {
  /** A mempool keeps a block (__kasan_mempool_poison_pages). @returns why it may not; undefined if it may */
  keep(pfn: number, order: number): "invalid-free" | "double-free" | undefined;
  /** It hands the block out again (__kasan_mempool_unpoison_pages). */
  handOut(pfn: number, order: number): void;
}

/** What a processor that compares tags needs of the kernel; see {@link AccessChecks} for accesses of code outside wasm. */
export interface HardwareTags extends AccessChecks {
  /** Buffer offset of the tag storage, for compiled code; undefined if no tags are compared. */
  readonly storage: number | undefined;
  /** Whether a CPU compares tags, for its MMU; undefined if it never does. */
  readonly comparison: TagChecks | undefined;
  /** What guests see of it: bit 0 in use, 1 vmalloc, 2 stacks, 3 on `SCTLR_EL1.TCF`. */
  readonly flags: number;
  /** Has this CPU check tags, as the boot parameters say (kasan_enable_hw_tags). */
  enable(): void;
  /** Has noted faults reported now (kasan_force_async_fault). */
  force(): void;
  /** Another task gets the CPU. */
  onSwitch(): void;
  /** The kernel returns to user space. */
  onExit(): void;
}

/** A slab object that an address lies in or near. */
export interface FoundObject {
  /** Physical address of its start. */
  readonly start: number;
  /** Its cache's descriptor. */
  readonly cache: {
    readonly name: string;
    readonly objectSize: number;
    readonly allocMeta: number;
    readonly freeMeta: number;
  };
}

/** What of a report is about a slab object. */
export type ObjectPart = Pick<KasanReport, "object" | "allocated" | "freed" | "aux">;

/** What a mode finds out about an incident. */
export interface Finding {
  /** What the bug is called. */
  readonly bugType: string;
  /** What is said of the object, if there is one. */
  describe(object: FoundObject): ObjectPart;
}

/** What is known when a mode is asked. */
export interface Circumstances {
  /** The first bad address, as {@link ModeReport.firstBad} said. */
  readonly first: bigint;
  /** The object that the pointer led to. */
  readonly object: FoundObject | undefined;
  /** Whether the address is on the running task's stack. */
  readonly onStack: boolean;
}

/** The instrumented frame of a stack that an address lies in. */
export interface FoundFrame {
  /** Bytes from the frame's start. */
  readonly offset: number;
  /** The function. */
  readonly function: StackFrame;
  /** Its variables. */
  readonly objects: readonly FrameObject[];
}

/** A mode's part of reports (mm/kasan/report_generic.c, report_sw_tags.c, report_hw_tags.c, report_tags.c). */
export interface ModeReport {
  /** Bytes that each byte of the printed memory state describes. */
  readonly granule: 8 | 16;
  /** The first bad address. */
  firstBad(incident: Incident): bigint;
  /** Names the bug. */
  examine(incident: Incident, circumstances: Circumstances): Finding;
  /** Tags of the pointer and of the memory. */
  tags(incident: Incident, first: bigint): { readonly pointerTag?: number; readonly memoryTag?: number };
  /** The frame around an address on the running task's stack; undefined if the mode does not tell. */
  frame(address: bigint): FoundFrame | undefined;
}

/** What a mode has counted, and takes. Bytes unless the name says otherwise. */
export interface ModeStatistics {
  /** The direct map's shadow; under a per-page scheme, now. */
  readonly directShadow: number;
  /** What a per-page scheme costs. */
  readonly pageShadow: PageShadowStatistics | undefined;
  /** Hardware's tag storage, beside RAM: four bits for 16 bytes. */
  readonly tagStorage: number;
  /** Checks that the compiled code could not decide alone. */
  readonly slowChecks: number;
}

/**
 * A mode at work in a machine, as one CPU sees it. Addresses are pointers, which may have a tag; halves of them are low first.
 */
export interface RunningMode {
  /** Whether bugs are found and reported. */
  readonly enabled: boolean;
  /** Whether there is shadow memory. */
  readonly hasShadow: boolean;
  /** The mechanisms that it has. */
  readonly mechanisms: ReadonlySet<Mechanism>;
  /** What a pointer's top byte is. */
  readonly pointers: Pointers;
  /** How the log is worded, of those that the kernel has. */
  readonly style: "style" | "tagsStyle";
  /** What saves stacks. */
  readonly saves: SavePaths;
  /** What it does as pages change hands. */
  readonly pages: KasanPageHooks;
  /** What it does as slab objects change hands. */
  readonly objects: ObjectHooks;
  /** What the processor does. */
  readonly hardware: HardwareTags;
  /** Its part of reports. */
  readonly report: ModeReport;
  /** Flags ({@link Gfp}) for pages of areas of vmalloc space. */
  readonly areaGfp: number;

  /** Boot, once there are page tables: lays shadow out. */
  layOutShadow(): void;
  /** Boot, at its end: says that it is ready, and lets CPUs check. */
  announce(): void;
  /** The shadow of a part of vmalloc or module space; undefined without. */
  vmallocShadow(make: MakeScheme, start: bigint, end: bigint): ShadowScheme | undefined;
  /** The page of shadow that a page of the kernel image needs, in the kernel's pages; -1 if it needs none. */
  shadowPage(vpn: number): number;
  /** Translates a page of shadow for compiled code; see `Mmu.translate`. @returns its buffer offset; -1 if the access faults */
  translateShadow(vpn: number, access: number, offset: number): number;

  /** Whether an address has shadow or a tag (addr_has_metadata). */
  hasMetadata(address: bigint): boolean;
  /** The shadow byte of an address, or the tag that hardware keeps; -1 if its shadow, or it itself, is not mapped. */
  byteAt(address: bigint): number;
  /** Poisons all granules that `size` bytes from an address on touch, with one of generic mode's values (0: none). */
  fill(address: bigint, size: number, value: number): void;
  /** The same with a value of the mode's own: a tag, where it has tags (kasan_poison). */
  set(address: bigint, size: number, value: number): void;
  /** Sets `count` shadow bytes from a shadow address on. */
  fillShadow(shadowAddress: bigint, count: number, value: number): void;
  /** Makes `size` bytes from a granule's first address on accessible to the pointer (kasan_unpoison). */
  unpoison(address: bigint, size: number): void;
  /**
   * Makes an area of vmalloc space accessible (__kasan_unpoison_vmalloc). `own`: it is over pages of its own.
   *
   * @returns the tag of pointers to it
   */
  unpoisonArea(vpn: number, bytes: number, own: boolean): number;
  /** A pointer to memory, with the memory's tag. */
  pointerTo(address: bigint): bigint;
  /** A random tag; the one that matches all in a mode without tags. */
  randomTag(): number;

  /** The complete check of an access (kasan_check_range). */
  check(low: number, high: number, size: number): AccessResult;
  /**
   * Whether an access that shadow says is bad is good: under a per-page scheme it may be to memory that has no shadow of its
   * own, or this CPU's view of the shadow may be an old one. Without one, no.
   */
  isGoodAfterAll(low: number, high: number, size: number): boolean;
  /** Whether the byte that a pointer leads to may be accessed (kasan_byte_accessible). */
  isByteAccessible(pointer: bigint): boolean;

  /** What it has counted, and takes. */
  statistics(): ModeStatistics;
}
