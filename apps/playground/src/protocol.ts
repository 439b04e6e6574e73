import type { Inspection } from "@kasan/image";
import type { LogLine, MemoryDescription, ModeName } from "@kasan/kernel";
import type { ByteMeaning } from "@kasan/shadow";
import type { Settings } from "./settings.ts";

/** A program to run. */
export interface Program {
  /** The file's name: `bug.c`. */
  readonly name: string;
  readonly text: string;
}

/** A request to run a program. */
export interface RunRequest {
  readonly program: Program;
  readonly settings: Settings;
  /** Where the program is that was compiled when the page was made, if it is an example. */
  readonly pack?: string;
}

/** A message of clang. */
export interface Diagnostic {
  readonly severity: "error" | "warning" | "note";
  /** The line, from 1 on. */
  readonly line: number;
  /** The column, from 1 on. */
  readonly column: number;
  readonly message: string;
}

/** What is told while a program runs. */
export type RunEvent =
  /** Lines of the kernel's log. */
  | { readonly kind: "log"; readonly lines: readonly LogLine[] }
  /** The lines so far do not count: the program runs again, to find its source lines. */
  | { readonly kind: "again" }
  /** What is being done. */
  | { readonly kind: "progress"; readonly what: string }
  /** How much of clang there is, in bytes. */
  | { readonly kind: "fetched"; readonly done: number; readonly total: number };

/** A line of the program that a report is about. */
export interface ReportedPlace {
  /** What happened there: `bad write`. */
  readonly what: string;
  /** The line, from 1 on. */
  readonly line: number;
}

/** Takes what is told; the promise is kept when the page has it. */
export type Tell = (event: RunEvent) => Promise<void>;

/** A report, explained. */
export interface ExplainedReport {
  /** `KASAN: slab-out-of-bounds Write in oob_init`. */
  readonly title: string;
  /** The explanation, as HTML of `@kasan/report`. */
  readonly html: string;
  /** The address of the access, if the report has it. */
  readonly address?: bigint;
  /** Where in the program it happened. */
  readonly places: readonly ReportedPlace[];
}

/** The reports of a log, explained. */
export interface Explained {
  /** The first of them. */
  readonly reports: readonly ExplainedReport[];
  /** How many come after those. */
  readonly more: number;
}

/** Memory that was allocated or freed. */
export interface TimelineEvent {
  readonly kind: "allocate" | "free";
  /** The kernel function, as C code spells it: `kmalloc`. */
  readonly by: string;
  readonly address: bigint;
  /** Bytes that were asked for; absent for a free. */
  readonly size?: number;
  /** Nanoseconds on the machine's clock. */
  readonly time: number;
  /** The task's id. */
  readonly pid: number;
  /** The program's line, if it is known. */
  readonly line?: number;
}

/** What a program allocated and freed. */
export interface Timeline {
  /** In order. */
  readonly events: readonly TimelineEvent[];
  /** How many came after those, which are not kept. */
  readonly more: number;
}

/** A program that ran. */
export interface Ran {
  readonly kind: "ran";
  readonly timeline: Timeline;
  readonly explained: Explained;
  /** What there is to say besides: that it was stopped, that it returned an error. */
  readonly remarks: readonly string[];
  /** clang's warnings. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A program that did not run. */
export interface Refused {
  readonly kind: "refused";
  /** What is wrong, in one line. */
  readonly message: string;
  /** Further lines. */
  readonly details: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** What came of a run. */
export type RunOutcome = Ran | Refused;

/** When a machine's memory is looked at: at its first report, or at the end, which is the same if there was no report. */
export type Moment = "report" | "end";

/** Sixteen bytes of memory. */
export interface MemoryRow {
  readonly address: bigint;
  /** The bytes; -1 where nothing is mapped. */
  readonly bytes: readonly number[];
  /** For each granule its shadow byte, or its tag; -1 where there is none. Empty without KASAN. */
  readonly shadow: readonly number[];
}

/** The memory at an address, and all that is known of it. */
export interface MemoryAt {
  /** Region, page tables, verdict. */
  readonly inspection: Inspection;
  readonly rows: readonly MemoryRow[];
  /** What the shadow bytes in the rows mean, by byte. */
  readonly meanings: readonly ByteMeaning[];
  /** The object, variable or area there, with who allocated and freed it; not known of dumps. */
  readonly description: MemoryDescription;
  /** Lines of the program by address of code, for stacks in the description. */
  readonly lines: ReadonlyMap<bigint, number>;
}

/** What a mode found in a program. */
export interface ModeOutcome {
  readonly mode: ModeName;
  /** Each report: the kind of bug, and the kind of access. */
  readonly reports: readonly string[];
  /** Why the guest was stopped; absent if it came to its end. */
  readonly stopped?: string;
  /** What generic mode found and this one did not, and why. */
  readonly missed: readonly string[];
  /** Bytes of shadow, or of tags. */
  readonly shadowBytes: number;
}

/** A program that ran in several modes. */
export interface Compared {
  readonly kind: "compared";
  readonly modes: readonly ModeOutcome[];
}

/** A log that was opened. */
export interface OpenedLog extends Explained {
  readonly kind: "log";
}

/** A memory image that was opened. */
export interface OpenedDump {
  readonly kind: "dump";
  /** The machine that it is of, in words. */
  readonly about: string;
  /** An address to begin with. */
  readonly address: bigint;
}

/** What the worker does for the page. Runs block it: what is asked meanwhile is answered after them. */
export interface Lab {
  /** Compiles and runs a program on a machine of its own. */
  run(request: RunRequest, tell: Tell): Promise<RunOutcome>;
  /** Runs a program in each mode that an architecture has. */
  compare(
    request: RunRequest,
    packs: Readonly<Partial<Record<ModeName, string>>>,
    tell: Tell,
  ): Promise<Compared | Refused>;
  /** The memory at an address, of the machine that ran last or of the dump that was opened since; undefined if there is none. */
  inspect(address: bigint, moment: Moment): Promise<MemoryAt | undefined>;
  /**
   * Opens a log or a memory image, compressed or not.
   *
   * @param arch - the architecture of raw memory
   * @throws if it is neither
   */
  open(file: File, arch: string): Promise<OpenedLog | OpenedDump>;
  /** Explains the reports of a log, of any kernel. */
  explain(log: string): Promise<Explained>;
}
