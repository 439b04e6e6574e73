import type { StackFrame } from "../frame.ts";
import type { JsonSchema } from "../json-schema.ts";
import type { ReportLine } from "../line.ts";
import type { FrameReader } from "../parse/frame-reader.ts";
import type { ReportStyle } from "../style.ts";

/**
 * One section of a report: everything that is known of its lines. A section owns some fields of the report; `Fields` are these
 * and those of other sections that it looks at.
 *
 * A new field is added to the module of its section and nowhere else: its type, how it is read and printed, its JSON, what is
 * said of it. A new section is one more module, and a line in each list of `index.ts`.
 */
export interface Section<Fields> {
  /** What it is about; unique in the table. */
  readonly name: string;
  /** Where it is printed: blank lines separate these parts. Absent if KASAN does not print it. */
  readonly part?: "head" | "run" | "address" | "memory";
  /** Prepares to read one report. */
  read?(reading: Reading<Fields>): LineReaders;
  /** The lines as the kernel of `style` prints them; none if the report does not say what they need. */
  print?(report: Fields, style: ReportStyle): ReportLine[];
  /** The fields as plain data. Keys can be undefined. */
  json?(report: Fields, to: JsonUse): object;
  /** What {@link Section.json} can answer, as the properties of a JSON schema. */
  schema?(use: JsonUse["for"]): Readonly<Record<string, JsonSchema>>;
  /** Why the access is wrong, as one sentence without a full stop. The first section in the table that can say it does. */
  why?(report: Fields): string | undefined;
  /** What happened, and when. */
  story?(report: Fields): readonly StoryEvent[];
  /** What KASAN cannot know of it: sentences. */
  unknown?(report: Fields): readonly string[];
  /** The stacks in it. */
  stacks?(report: Fields): readonly NamedStack[];
  /** The fields that hold frames, with `map` applied to each; the others are left out. */
  mapFrames?(report: Fields, map: FrameMap): Partial<Fields>;
}

/** Fields as they are filled in. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What the sections share while the lines of one report are read. */
export interface Reading<Fields> {
  /** What has been read. */
  readonly draft: Writable<Fields>;
  /** Reads the frames of all stacks. A section says where they go. */
  readonly frames: FrameReader;
  /** The address in the title, where kernels before 4.12 put it. */
  titleAddress?: bigint;
  /** Whether rows of memory can follow. */
  inMemory: boolean;
  /** Whether the kernel's end of the report was seen. */
  ended: boolean;
}

/** Reads a line: `text` has no blanks around it, `line` still has. Answers `undefined` if the section has no such line. */
export type LineReader = (text: string, line: string) => LineRole | undefined;

/** What a section reads of one report. */
export interface LineReaders {
  /** The readers, by the characters that their lines begin with: each character of a key is one. */
  readonly lines: Readonly<Record<string, LineReader>>;
  /** Called after the last line. */
  finish?(): void;
}

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

/** What JSON is made for. */
export interface JsonUse {
  /** `run`: a machine's report, which knows everything. `explain`: a log's, where much can be missing. */
  readonly for: "run" | "explain";
  /** The style that says how flags are named. */
  readonly style: ReportStyle;
}

/** The stages of a story, in the order in which they happen. */
export const STAGES = ["allocated", "queued", "freed", "reported"] as const;

/** One event of a bug's story. */
export interface StoryEvent {
  /** When it happened. */
  readonly stage: (typeof STAGES)[number];
  /** One sentence. */
  readonly text: string;
}

/** A stack of a report, for those who show all of them. */
export interface NamedStack {
  /** What the stack is that of. */
  readonly of: "access" | "allocation" | "free" | "other";
  /** Its title: `The allocation`. */
  readonly title: string;
  /** Its frames, innermost first; none if the report does not have it. */
  readonly frames: readonly StackFrame[];
}

/** Receives each frame, and whether it is a return address; the places of faults are not. */
export type FrameMap = (frame: StackFrame, returns: boolean) => StackFrame;
