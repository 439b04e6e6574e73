import type { ReportFields } from "../sections/index.ts";
import { SECTIONS } from "../sections/index.ts";
import type { LineReader, LineRole, Reading, Writable } from "../sections/section.ts";
import { FrameReader } from "./frame-reader.ts";

/** Fields as they are filled in. */
export type Draft = Writable<ReportFields>;

/** The keys of all sections' readers, in the order of the table: the same for each report. */
const keys: string[] = [];
/** By the code of a line's first character: the readers that it is offered to, as indices. Made for the first report. */
let offers: number[][] | undefined;

function offersOf(characters: readonly string[]): number[][] {
  const all: number[][] = Array.from({ length: 128 }, () => []);
  for (const [reader, key] of characters.entries()) {
    for (const character of key) all[character.charCodeAt(0)]!.push(reader);
  }
  return all;
}

/** Longer lines are output that ran together. Only this much of them is read. */
const MAX_TEXT = 1500;

/** Reads the lines of one report, without their prefixes, one after the other into its fields. */
export class ReportReader {
  private readonly reading: Reading<ReportFields>;
  private readonly readers: LineReader[] = [];
  private readonly finishers: (() => void)[] = [];

  constructor(form: "report" | "oops") {
    // The sections set the fields that every report has.
    const draft = { form } as Draft;
    this.reading = { draft, frames: new FrameReader(), inMemory: false, ended: false };
    for (const section of SECTIONS) {
      const found = section.read?.(this.reading);
      if (found === undefined) continue;
      if (offers === undefined) keys.push(...Object.keys(found.lines));
      this.readers.push(...Object.values(found.lines));
      if (found.finish) this.finishers.push(found.finish);
    }
    offers ??= offersOf(keys);
  }

  /** The fields read so far. */
  get draft(): Draft {
    return this.reading.draft;
  }

  /** Whether enough has been read to know that this is a report. */
  get begun(): boolean {
    const { access, machine, callTrace } = this.draft;
    return access !== undefined || machine !== undefined || callTrace.length > 0;
  }

  /** Whether rows of memory can follow. */
  get inMemory(): boolean {
    return this.reading.inMemory;
  }

  /** Whether the kernel's end of the report was seen. */
  get ended(): boolean {
    return this.reading.ended;
  }

  /** Reads a line; `undefined` if no report has such a line. */
  read(text: string): LineRole | undefined {
    const line = text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text;
    const trimmed = line.trim();
    if (trimmed === "") return "blank";
    return this.reading.frames.read(trimmed) ?? this.readSection(trimmed, line);
  }

  private readSection(trimmed: string, line: string): LineRole | undefined {
    const offered = offers![trimmed.charCodeAt(0)];
    if (offered === undefined) return undefined;
    for (let i = 0; i < offered.length; i++) {
      const role = this.readers[offered[i]!]!(trimmed, line);
      if (role !== undefined) return role;
    }
    return undefined;
  }

  /** The fields, after the last line. */
  finish(): ReportFields {
    for (const finish of this.finishers) finish();
    return this.draft;
  }
}
