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
  /** A short name, unique in the table. */
  readonly name: string;
  /** The part of the report that it is printed in. Blank lines separate parts. Absent if KASAN does not print the section. */
  readonly part?: "head" | "run" | "address" | "memory";
  /** Prepares to read one report. */
  read?(reading: Reading<Fields>): LineReaders;
  /** The lines as the kernel of `style` prints them; none if the report does not say what they need. */
  print?(report: Fields, style: ReportStyle): ReportLine[];
  /** The fields as plain data. Keys can be undefined. */
  json?(report: Fields, to: JsonUse): object;
  /** The properties that {@link Section.json} can return, as JSON schema. */
  schema?(use: JsonUse["for"]): Readonly<Record<string, JsonSchema>>;
  /** Why the access is wrong: one sentence without a full stop. The first section in the table that knows is asked. */
  why?(report: Fields): string | undefined;
  /** The events that the section tells, with their stage. */
  story?(report: Fields): readonly StoryEvent[];
  /** Sentences about things that KASAN cannot know. */
  unknown?(report: Fields): readonly string[];
  /** The stacks in it. */
  stacks?(report: Fields): readonly NamedStack[];
  /** The fields that hold frames, with `map` applied to each; the others are left out. */
  mapFrames?(report: Fields, map: FrameMap): Partial<Fields>;
}

/** Fields as they are filled in. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** State that the sections share while they read the lines of one report. */
export interface Reading<Fields> {
  /** The fields read so far. */
  readonly draft: Writable<Fields>;
  /** Reads the frames of all stacks. Each section says where they go. */
  readonly frames: FrameReader;
  /** The address in the title, where kernels before 4.12 put it. */
  titleAddress?: bigint;
  /** Whether rows of memory can follow. */
  inMemory: boolean;
  /** Whether the kernel's end of the report was seen. */
  ended: boolean;
}

/** Reads a line. `text` is trimmed, `line` is not. Returns `undefined` if the section has no such line. */
export type LineReader = (text: string, line: string) => LineRole | undefined;

/** The readers of one section for one report. */
interface LineReaders {
  /** The readers by first character: a reader gets the lines that begin with any character of its key. */
  readonly lines: Readonly<Record<string, LineReader>>;
  /** Called after the last line. */
  finish?(): void;
}

/** The part that a line plays in a report. `foreign`: it lies within the report, but belongs to no field. */
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

/** The purpose of JSON. */
export interface JsonUse {
  /** `run`: the report of a machine, which knows everything. `explain`: a report read from a log, which can lack much. */
  readonly for: "run" | "explain";
  /** The style that says how flags are named. */
  readonly style: ReportStyle;
}

/** The stages of a story, in order. `earlier`: in an earlier life of the memory. `undated`: the report does not say when. */
export const STAGES = ["earlier", "allocated", "freed", "reported", "undated"] as const;

/** One event of a bug's story. */
export interface StoryEvent {
  /** When it happened. */
  readonly stage: (typeof STAGES)[number];
  /** One sentence. */
  readonly text: string;
}

/** One stack of a report, as explanations list them. */
export interface NamedStack {
  /** The event whose stack it is. */
  readonly of: "access" | "allocation" | "free" | "other";
  /** Its title: `The allocation`. */
  readonly title: string;
  /** Its frames, innermost first; none if the report does not have it. */
  readonly frames: readonly StackFrame[];
}

/** Maps a frame. `returns`: it is a return address; the place of a fault is not. */
type FrameMap = (frame: StackFrame, returns: boolean) => StackFrame;
