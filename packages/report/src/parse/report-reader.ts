import type { ReportFields } from "../sections/index.ts";
import { SECTIONS } from "../sections/index.ts";
import type { LineReader, LineRole, Reading, Writable } from "../sections/section.ts";
import { FrameReader } from "./frame-reader.ts";

/** Fields as they are filled in. */
export type Draft = Writable<ReportFields>;

/** Longer lines are output that ran together: they are read so far. */
const MAX_TEXT = 1500;

/** Reads the lines of one report, one after the other, into its fields. A line stands here without prefixes. */
export class ReportReader {
  private readonly reading: Reading<ReportFields>;
  /** By the code of a line's first character. */
  private readonly readers: LineReader[][] = [];
  private readonly finishers: (() => void)[] = [];

  constructor(form: "report" | "oops") {
    // Sections give the fields that every report has their first values.
    const draft = { form } as Draft;
    this.reading = { draft, frames: new FrameReader(), inMemory: false, ended: false };
    for (const section of SECTIONS) {
      const readers = section.read?.(this.reading);
      if (readers === undefined) continue;
      if (readers.finish) this.finishers.push(readers.finish);
      for (const characters in readers.lines) this.add(characters, readers.lines[characters]!);
    }
  }

  private add(characters: string, reader: LineReader): void {
    for (let i = 0; i < characters.length; i++) {
      const code = characters.charCodeAt(i);
      const known = this.readers[code];
      if (known === undefined) this.readers[code] = [reader];
      else known.push(reader);
    }
  }

  /** What has been read. */
  get draft(): Draft {
    return this.reading.draft;
  }

  /** Whether the access or what stands for it has been read: enough to know that this is a report. */
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
    const readers = this.readers[trimmed.charCodeAt(0)];
    if (readers === undefined) return undefined;
    for (const reader of readers) {
      const role = reader(trimmed, line);
      if (role !== undefined) return role;
    }
    return undefined;
  }

  /** What was read, in its final form. */
  finish(): ReportFields {
    for (const finish of this.finishers) finish();
    return this.draft;
  }
}
