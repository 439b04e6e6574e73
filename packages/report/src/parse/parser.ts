import { ReportError } from "../error.ts";
import { announcesCrash } from "../title/title.ts";
import { type Anchor, anchorOf, TRIGGERS } from "./anchor.ts";
import { isFault, type RawLine, ReportBuilder } from "./builder.ts";
import { ReportOrder } from "./order.ts";
import type { LogItem, ParsedReport } from "./parsed.ts";
import type { PeeledLine } from "./peeled.ts";
import { isUnusual, LONGEST_UNUSUAL, peel } from "./prefix.ts";
import { type LogChunk, LogDecoder } from "./text.ts";
import { joinBroken } from "./wrap.ts";

/** How much text before a report is searched for lines that belong to it. */
const LOOK_BACK = 32 * 1024;
/** How many lines of it. */
const LOOK_BACK_LINES = 400;
/** A crash that began earlier is another crash: seconds. Serial consoles take one or two to print a report. */
const SAME_CRASH = 5;
/** Text without a line feed is cut here, so that memory has a bound. */
const MAX_LINE = 1024 * 1024;
/** Reports that are open at a time, of as many tasks and CPUs. */
const MAX_OPEN = 32;
/** Lines of others, after which a report that nothing was added to is over. */
const MAX_SILENCE = 4000;
/** Characters of the log after which a report is over, whatever comes: it bounds what open reports hold, and what waits for them. */
const MAX_SPAN = 2 * 1024 * 1024;

interface Open {
  readonly builder: ReportBuilder;
  /** The report's first line, or one before it. */
  readonly firstLine: number;
  /** How much of the log came before it was found: characters. */
  readonly foundAt: number;
  lastLine: number;
}

/** How a log is read. */
export interface LogParserOptions {
  /**
   * The order of the reports: that of their `ends`, or that of their `beginnings`, the lines that say what happened. A report then waits for those that
   * began before it, which tasks that print at the same time cause. By default that of their ends.
   */
  readonly order?: "ends" | "beginnings";
}

interface HeldLine {
  readonly line: RawLine;
  readonly peeled: PeeledLine;
}

/**
 * Reads reports from a log as it comes in. Memory is bounded, whatever the log; time grows with its length.
 *
 * ```ts
 * const parser = new LogParser((item) => { if (item.kind === "report") console.log(item.report.title); });
 * for await (const chunk of stream) parser.push(chunk);
 * parser.end();
 * ```
 */
export class LogParser {
  private readonly decoder = new LogDecoder();
  private buffer = "";
  /** The number of the buffer's first line. */
  private line = 1;
  private scanned = 0;
  private readonly open: Open[] = [];
  private readonly order: ReportOrder | undefined;
  /** How much of the log was handed out while reports were open: characters. */
  private passed = 0;
  private held: HeldLine[] = [];
  private ended = false;
  /** Lines of the buffer that begin before can have what is not text. */
  private unusualEnd = 0;

  /** @param emit Receives reports, and all lines that belong to none. */
  constructor(
    private readonly emit: (item: LogItem) => void,
    { order = "ends" }: LogParserOptions = {},
  ) {
    if (order === "beginnings") this.order = new ReportOrder((report) => this.emit({ kind: "report", report }));
  }

  /**
   * Reads on.
   *
   * @throws {@link ReportError} `LOG_ENDED` after {@link LogParser.end}, `LOG_CHUNK` if `chunk` is neither text nor bytes.
   */
  push(chunk: LogChunk): void {
    if (this.ended) throw new ReportError("LOG_ENDED", "the log has ended; begin another LogParser for another log");
    const text = this.decoder.decode(chunk);
    this.append(text);
    this.run(false);
  }

  /** Ends the log: what is open is complete now, or damaged. */
  end(): void {
    if (this.ended) return;
    this.append(this.decoder.end());
    this.run(true);
    while (this.open.length > 0) this.finish(this.open.shift()!);
    this.flushHeld(0);
    this.ended = true;
  }

  private append(text: string): void {
    const seam = this.buffer.slice(-LONGEST_UNUSUAL) + text.slice(0, LONGEST_UNUSUAL);
    this.buffer = this.buffer === "" ? text : this.buffer + text;
    if (isUnusual(text) || isUnusual(seam)) this.unusualEnd = this.buffer.length;
  }

  private run(last: boolean): void {
    let at = 0;
    for (;;) {
      const before = at;
      at = this.open.length > 0 ? this.dispatch(at, last) : this.skip(at, last);
      if (at === before || at >= this.buffer.length) break;
    }
    this.buffer = at >= this.buffer.length ? "" : this.buffer.slice(at);
    this.scanned = Math.max(0, this.scanned - at);
    this.unusualEnd = Math.max(0, this.unusualEnd - at);
  }

  /** The end of the line that begins at `at`; -1 if its end has not arrived yet. */
  private lineEnd(at: number, last: boolean): number {
    const end = this.buffer.indexOf("\n", at);
    if (end >= 0) return end + 1;
    if (last) return this.buffer.length;
    return this.buffer.length - at >= MAX_LINE ? at + MAX_LINE : -1;
  }

  /** While no report is open: finds the next that begins, and lets go of what comes before. */
  private skip(at: number, last: boolean): number {
    let from = Math.max(at, this.scanned);
    for (;;) {
      const trigger = this.nextTrigger(from);
      if (trigger < 0) break;
      // A line beyond every limit is read in pieces: what was looked at is not looked at again.
      const start = Math.max(from, this.buffer.lastIndexOf("\n", trigger) + 1);
      const end = this.lineEnd(start, last);
      if (end < 0) {
        this.scanned = start;
        return this.release(at, start, last);
      }
      const peeled = peel(this.buffer.slice(start, end), start < this.unusualEnd);
      const anchor = anchorOf(peeled);
      if (anchor !== undefined) return this.begin(anchor, at, start, end, peeled);
      from = end;
    }
    const whole = last ? this.buffer.length : this.buffer.lastIndexOf("\n") + 1;
    this.scanned = Math.max(whole, at);
    const rest = this.buffer.length - whole;
    return this.release(at, rest >= MAX_LINE ? this.buffer.length : whole, last);
  }

  private nextTrigger(from: number): number {
    let nearest = -1;
    for (const [i, trigger] of TRIGGERS.entries()) {
      let found = this.known[i]!;
      if (found.buffer !== this.buffer || (found.at >= 0 && found.at < from) || found.from > from) {
        found = { buffer: this.buffer, from, at: this.buffer.indexOf(trigger, from) };
        this.known[i] = found;
      }
      if (found.at >= 0 && (nearest < 0 || found.at < nearest)) nearest = found.at;
    }
    return nearest;
  }

  private readonly known = TRIGGERS.map(() => ({ buffer: "", from: 0, at: -1 }));

  /** Lets go of lines, but for as many as a report that begins behind them may need. */
  private release(at: number, end: number, last: boolean): number {
    const keep = last ? end : end - LOOK_BACK;
    if (keep <= at) return at;
    const cut = last ? end : this.buffer.lastIndexOf("\n", keep - 1) + 1;
    if (cut <= at) return end - at > MAX_LINE ? this.letGo(at, end) : at;
    return this.letGo(at, cut);
  }

  /** Marks the text from `at` to `end` as foreign. */
  private letGo(at: number, end: number): number {
    this.flushHeld(0);
    const text = this.buffer.slice(at, end);
    if (text !== "") {
      this.emit({ kind: "foreign", line: this.line, text });
      this.line += countLines(text);
    }
    return end;
  }

  /** Begins the report that the line from `start` to `end` shows, with what belongs to it among the lines before. */
  private begin(anchor: Anchor, at: number, start: number, end: number, peeled: PeeledLine): number {
    const from = this.lookBackStart(at, start);
    this.letGo(at, from);
    let position = from;
    while (position < start) {
      const next = Math.min(this.lineEnd(position, true), start);
      const raw = this.buffer.slice(position, next);
      this.held.push({
        line: { number: this.line++, raw, role: "foreign" },
        peeled: peel(raw, position < this.unusualEnd),
      });
      position = next;
    }
    const line: RawLine = { number: this.line++, raw: this.buffer.slice(start, end), role: "foreign" };
    this.openReport(anchor, line, peeled);
    return end;
  }

  private lookBackStart(at: number, start: number): number {
    let from = start;
    for (let lines = 0; lines < LOOK_BACK_LINES && from > at; lines++) {
      const before = from < 2 ? -1 : this.buffer.lastIndexOf("\n", from - 2);
      const next = Math.max(at, before + 1);
      if (start - next > LOOK_BACK) break;
      from = next;
    }
    return from;
  }

  /** While reports are open: hands out the next line. */
  private dispatch(at: number, last: boolean): number {
    while (at < this.buffer.length && this.open.length > 0) {
      const end = this.lineEnd(at, last);
      if (end < 0) return at;
      const raw = this.buffer.slice(at, end);
      this.passed += raw.length;
      this.takeLine({ number: this.line++, raw, role: "foreign" }, at < this.unusualEnd);
      at = end;
    }
    return at;
  }

  private takeLine(line: RawLine, unusual: boolean): void {
    const peeled = peel(line.raw, unusual);
    for (let i = 0; i < this.open.length; i++) {
      const open = this.open[i]!;
      if (open.builder.offer(line, peeled)) {
        open.lastLine = line.number;
        return;
      }
      if (open.builder.closed || this.isOver(open, line.number)) {
        this.open.splice(i--, 1);
        this.finish(open);
      }
    }
    const anchor = mayAnchor(line.raw) ? anchorOf(peeled) : undefined;
    if (anchor !== undefined) this.openReport(anchor, line, peeled);
    else {
      this.held.push({ line, peeled });
      // No report begins in a line that long.
      if (line.raw.length > LOOK_BACK) this.flushHeld(0);
      if (this.held.length > 2 * LOOK_BACK_LINES) this.flushHeld(LOOK_BACK_LINES);
    }
  }

  /** Whether nothing more is expected of a report, although its end was not seen. */
  private isOver({ lastLine, foundAt }: Open, line: number): boolean {
    return line - lastLine > MAX_SILENCE || this.passed - foundAt > MAX_SPAN;
  }

  private openReport(anchor: Anchor, line: RawLine, peeled: PeeledLine): void {
    const { first, prelude } = this.claim(anchor, peeled);
    const builder = new ReportBuilder({ ...anchor, prelude });
    const claimed = this.held.slice(first);
    this.held.length = first;
    for (const held of claimed) if (!builder.offer(held.line, held.peeled)) this.held.push(held);
    builder.begin(line, peeled);
    const firstLine = claimed[0]?.line.number ?? line.number;
    this.open.push({ builder, firstLine, foundAt: this.passed, lastLine: line.number });
    if (this.open.length > MAX_OPEN) this.finish(this.open.shift()!);
  }

  /** Splits the held lines into those of the report and those of an earlier crash that led to it. */
  private claim(anchor: Anchor, peeled: PeeledLine): { first: number; prelude: string[] } {
    let first = this.held.length;
    let seen = 0;
    for (let i = this.held.length - 1; i >= 0 && seen < NEAR; i--) {
      const { peeled: before } = this.held[i]!;
      const bare = anchor.context.replace(/[^>]+$/, "");
      if (
        anchor.kind === "title" &&
        seen === 0 &&
        isRule(before.text) &&
        [anchor.context, bare].includes(before.context)
      ) {
        first = i > 0 && isOpenPrefix(this.held[i - 1]!, before, anchor.context) ? i - 1 : i;
        break;
      }
      if (before.context !== anchor.context) continue;
      if (before.text.trim() !== "") seen++;
      if (belongsBefore(anchor, before.text)) first = i;
      else if (anchor.kind === "title" && seen > 0) break;
    }
    return { first, prelude: this.preludeOf(anchor, peeled, first) };
  }

  private preludeOf({ context }: Anchor, { time }: PeeledLine, before: number): string[] {
    const logged = context.replace(/^>+/, "") !== "";
    let earliest = -1;
    let traced = false;
    for (let i = before - 1; i >= 0; i--) {
      const { peeled } = this.held[i]!;
      if (peeled.context !== context) continue;
      if (time !== undefined && peeled.time !== undefined && Math.abs(time - peeled.time) > SAME_CRASH) break;
      if (/^Call [Tt]race/.test(peeled.text)) traced = true;
      // Talk about crashes looks like crashes, but has no stack of its own.
      const begins = logged || (traced && /^(?:BUG|WARNING|INFO|UBSAN|kernel BUG)\b/.test(peeled.text));
      if (!begins || !announcesCrash(peeled.text)) continue;
      earliest = i;
      traced = false;
    }
    if (earliest < 0) return [];
    const texts = this.held
      .slice(earliest, before)
      .filter(({ peeled }) => peeled.context === context)
      .map(({ peeled }) => peeled.text);
    return logged ? texts : joinBroken(texts);
  }

  private finish({ builder }: Open): void {
    const report = builder.finish();
    this.holdAgain(builder.returned);
    if (report !== undefined) {
      // A crash that was reported is not the beginning of the next one.
      const lastLine = report.lines.at(-1)?.number ?? 0;
      this.flushBefore(lastLine);
      if (this.order === undefined) this.emit({ kind: "report", report });
      else this.order.add(report);
    }
    this.order?.release(
      this.open.reduce((first, { firstLine }) => Math.min(first, firstLine), Number.POSITIVE_INFINITY),
    );
  }

  private holdAgain(lines: readonly RawLine[]): void {
    if (lines.length === 0) return;
    for (const line of lines) {
      line.role = "foreign";
      this.held.push({ line, peeled: peel(line.raw) });
    }
    this.held.sort((a, b) => a.line.number - b.line.number);
  }

  private flushBefore(line: number): void {
    const count = this.held.findIndex(({ line: { number } }) => number > line);
    this.flushHeld(count < 0 ? 0 : this.held.length - count);
  }

  /** Lets go of held lines, but for the last `keep`. */
  private flushHeld(keep: number): void {
    const lines = this.held.splice(0, Math.max(0, this.held.length - keep)).map(({ line }) => line);
    for (let i = 0; i < lines.length; ) {
      let end = i + 1;
      while (end < lines.length && lines[end]!.number === lines[end - 1]!.number + 1) end++;
      const text = lines
        .slice(i, end)
        .map(({ raw }) => raw)
        .join("");
      this.emit({ kind: "foreign", line: lines[i]!.number, text });
      i = end;
    }
  }
}

/** How many lines before its first a report can begin. */
const NEAR = 12;

function isRule(text: string): boolean {
  return /^\s*={66}\s*$/.test(text);
}

/** Mail can break the line before a rule, so that its prefix stands alone. */
function isOpenPrefix(line: HeldLine, rule: PeeledLine, context: string): boolean {
  return rule.context !== context && line.peeled.context === context && line.peeled.text.trim() === "";
}

function belongsBefore({ kind }: Anchor, text: string): boolean {
  if (kind === "title") return false;
  if (/^kasan: (?:CONFIG_KASAN_INLINE|GPF could be caused)/.test(text)) return true;
  return kind === "hint" && isFault(text);
}

function mayAnchor(raw: string): boolean {
  return TRIGGERS.some((trigger) => raw.includes(trigger));
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return text.endsWith("\n") ? count : count + 1;
}

/** A log that was read as a whole. */
export interface ParsedLog {
  /** Its reports, in the order of their first lines that say what happened. */
  readonly reports: readonly ParsedReport[];
  /** All of it, reports and lines that belong to none. */
  readonly items: readonly LogItem[];
}

/**
 * Reads a whole log.
 *
 * @example
 * ```ts
 * import { readFileSync } from "node:fs";
 * import { parseLog } from "@kasan/report";
 *
 * const { reports } = parseLog(readFileSync("dmesg.log"));
 * for (const { title } of reports) console.log(title); // KASAN: slab-out-of-bounds Write in oob_init
 * ```
 * @param log Text, bytes, or pieces of either.
 */
export function parseLog(log: LogChunk | Iterable<LogChunk>): ParsedLog {
  const items: LogItem[] = [];
  const parser = new LogParser((item) => items.push(item));
  if (typeof log === "string" || log instanceof Uint8Array) parser.push(log);
  else for (const chunk of log) parser.push(chunk);
  parser.end();
  const reports = items.flatMap((item) => (item.kind === "report" ? [item.report] : []));
  return { items, reports: reports.sort((a, b) => a.line - b.line) };
}

/** The log that was read, byte for byte: its text; {@link encodeLog} turns it into the bytes that it was read from. */
export function formatLog(items: readonly LogItem[]): string {
  const parts = items.flatMap((item): { number: number; raw: string }[] =>
    item.kind === "report" ? item.report.lines.slice() : [{ number: item.line, raw: item.text }],
  );
  return parts
    .sort((a, b) => a.number - b.number)
    .map(({ raw }) => raw)
    .join("");
}
