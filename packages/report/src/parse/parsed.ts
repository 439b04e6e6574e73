import type { StackFrame } from "../frame.ts";
import type { MemoryState } from "../memory.ts";
import type { Access, Machine, StackLocation, TaskRef, Track, VmallocRegion } from "../model.ts";
import type { SlabObject } from "../object.ts";
import type { PageDump } from "../page.ts";
import type { CrashName } from "../title/title.ts";

/** What a line of a log says, as far as reports go. `foreign`: it belongs to no field, but stands within the report. */
export type LineRole =
  | "rule"
  | "title"
  | "access"
  | "tags"
  | "blank"
  | "machine"
  | "trace-title"
  | "stack-name"
  | "frame"
  | "registers"
  | "stack-words"
  | "track"
  | "object"
  | "region"
  | "variable"
  | "stack-location"
  | "vmalloc"
  | "page"
  | "slab-dump"
  | "memory-title"
  | "memory-row"
  | "caret"
  | "oops"
  | "shadow-fault"
  | "modules"
  | "end"
  | "panic"
  | "note"
  | "foreign";

/** One line of the input that belongs to a report. */
export interface ParsedLine {
  /** Its number in the log, from 1. */
  readonly number: number;
  /** The line as it was read, ending included. */
  readonly raw: string;
  /** What it says. */
  readonly role: LineRole;
}

/** The addresses whose shadow could not be read, as the hint under an oops names them. */
export interface ParsedShadowFault {
  /** The kernel's words: `null-ptr-deref`, `probably user-memory-access`. */
  readonly type: string;
  /** First address; absent in the wording before 5.6. */
  readonly first?: bigint;
  /** Last address. */
  readonly last?: bigint;
}

/** The pages around the address: who last allocated and freed them (`CONFIG_PAGE_OWNER`). */
export interface PageOwner {
  /** Whether the page is allocated now. */
  readonly allocatedNow?: boolean;
  /** The last allocation. */
  readonly allocated?: Track;
  /** The last free. */
  readonly freed?: Track;
}

/** What the log says of the page's descriptor; old kernels print less than {@link PageDump} holds. */
export type ParsedPage = Partial<PageDump> & {
  /** The descriptor's address, or what it was hashed to. */
  readonly descriptor?: bigint;
};

/** What the log says of the slab object; reports before 4.12 give no size of what was allocated. */
export type ParsedObject = Pick<SlabObject, "address" | "cache"> & Partial<SlabObject>;

/** The region that the log names, as it stands: side and distance are the log's own words. */
export interface ParsedRegion {
  /** First address. */
  readonly start: bigint;
  /** The address after it. */
  readonly end: bigint;
  /** Bytes, as the log says. */
  readonly size: number;
  /** Before, inside or after. */
  readonly side?: "left" | "inside" | "right";
  /** Bytes: from the start, or from the end if right. */
  readonly distance?: number;
  /** What the log calls it. */
  readonly state?: "allocated" | "freed";
}

/** The place of the caret under the memory rows. */
export interface ParsedCaret {
  /** The granule that it points at: its first address. */
  readonly address: bigint;
  /** Whether it stands at the first digit of a byte. */
  readonly exact: boolean;
}

/** All that a report says. What it does not say, or what was lost, is absent. */
export interface ReportFields {
  /** `report`: printed by KASAN. `oops`: by the fault handler of a kernel with KASAN. */
  readonly form: "report" | "oops";
  /** The kernel's words: `slab-out-of-bounds`. Of an oops, its shadow fault's type, or `general-protection-fault`. */
  readonly bugType: string;
  /** The first line's place. */
  readonly function?: StackFrame;
  /** What it did. */
  readonly access?: Access;
  /** Tag-based modes, asynchronous: the kernel knows no address. */
  readonly asynchronous?: boolean;
  /** Who did it. */
  readonly task?: TaskRef;
  /** Where. */
  readonly machine?: Machine;
  /** The `Workqueue:` line. */
  readonly workqueue?: string;
  /** The call trace, innermost frame first. */
  readonly callTrace: readonly StackFrame[];
  /** Who allocated the object. */
  readonly allocated?: Track;
  /** Who freed it. */
  readonly freed?: Track;
  /** What last queued work for it. */
  readonly aux?: readonly (readonly StackFrame[])[];
  /** The slab object. */
  readonly object?: ParsedObject;
  /** What was allocated of it, and where the address lies. */
  readonly region?: ParsedRegion;
  /** The global variable. */
  readonly variable?: StackFrame;
  /** The stack that the address is on. */
  readonly stack?: StackLocation;
  /** The vmalloc area. */
  readonly vmalloc?: VmallocRegion | "virtual mapping" | ParsedMapping;
  /** The page. */
  readonly page?: ParsedPage;
  /** Who allocated and freed the page. */
  readonly pageOwner?: PageOwner;
  /** The rows of shadow. */
  readonly memory?: MemoryState;
  /** The row after the `>`. */
  readonly guiltyRow?: bigint;
  /** The caret below it. */
  readonly caret?: ParsedCaret;
  /** The first bad address, if it is not that of the access. */
  readonly firstBad?: bigint;
  /** An oops: what KASAN made of the address. */
  readonly shadowFault?: ParsedShadowFault;
  /** An oops: the line that says what happened. */
  readonly oops?: string;
  /** What the panic said that followed. */
  readonly panic?: string;
}

/** The area of 5.18 … 6.15's wording. */
export interface ParsedMapping {
  /** First address. */
  readonly start: bigint;
  /** The address after it. */
  readonly end: bigint;
  /** Who made it. */
  readonly caller?: StackFrame;
}

/** Why a report is not whole. */
export type Damage =
  /** It ends before the kernel's end of a report. */
  | "truncated"
  /** Another report begins inside it. */
  | "interleaved";

/** A report as read from a log. */
export interface ParsedReport extends ReportFields, CrashName {
  /** The number of the line that says what happened, from 1. */
  readonly line: number;
  /** Its lines in the log's order: joined, what was read. */
  readonly lines: readonly ParsedLine[];
  /** What is missing. Absent if nothing seems to be. */
  readonly damage?: Damage;
}

/** A report, as a piece of a log. */
export interface ReportItem {
  /** Tells the pieces apart. */
  readonly kind: "report";
  /** The report. */
  readonly report: ParsedReport;
}

/** Lines that belong to no report. */
export interface ForeignItem {
  /** Tells the pieces apart. */
  readonly kind: "foreign";
  /** The number of the first line, from 1. */
  readonly line: number;
  /** Whole lines, as read. */
  readonly text: string;
}

/** A piece of a log. */
export type LogItem = ReportItem | ForeignItem;
