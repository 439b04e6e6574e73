import { crashType } from "./crash-type.ts";
import {
  CONTINUATIONS,
  CRASHES,
  type CrashFormat,
  type CrashKind,
  STACK_MESSAGES,
  type StackFormat,
  type StackPart,
} from "./crashes.ts";
import { ANY_STACK_START, FRAMES, RISCV_REGISTERS_END, STACK_STARTS, STRAY_STACK } from "./patterns.ts";
import { sanitizeTitle } from "./sanitize.ts";
import { SKIPPED_FRAMES, SYSCALL_PREFIXES } from "./skip-frames.ts";

/** What a crash is called. */
export interface CrashName {
  /** `KASAN: slab-out-of-bounds Write in foo`. */
  readonly title: string;
  /** Other names that the same bug can get; sorted, the title not among them. */
  readonly altTitles: readonly string[];
  /** The kind of crash: `KASAN-WRITE`. */
  readonly type: string;
  /** Whether something that the title needs was lost, so that it may be wrong. */
  readonly corrupted: boolean;
  /** Why. */
  readonly corruptedReason?: string;
  /** The guilty function. */
  readonly frame?: string;
}

/** Lines of one context from a crash's first on, and how they were read. */
export interface CrashLines {
  /** The lines without prefixes. */
  readonly lines: readonly string[];
  /** `""`: there were no prefixes. `console`: nothing tells tasks apart. Else, all lines come from one task or CPU. */
  readonly context: string;
}

/** How many lines a report must have before the panic that follows it can be left out. */
const ENOUGH_LINES = 22;
/** How far below its start a stack's first frame can be. */
const FRAME_WITHIN = 15;
/** Lines are read so far: longer ones are output that ran together, and expressions must stay fast. */
const MAX_LINE = 1000;

/** The kind of crash that `line` announces, if it does. */
export function crashKindOf(line: string): CrashKind | undefined {
  if (!MAY_ANNOUNCE.test(line)) return undefined;
  return CRASHES.find(({ header, except }) => line.includes(header) && !except?.some((other) => other.test(line)));
}

const STACK_MESSAGE = new RegExp(STACK_MESSAGES.join("|"));
const MAY_ANNOUNCE = new RegExp(CRASHES.map(({ header }) => header).join("|"));

/** Names the crash that the first of `crash`'s lines announces; `undefined` if it announces none. */
export function nameCrash(crash: CrashLines): CrashName | undefined {
  const first = crash.lines[0];
  const kind = first === undefined ? undefined : crashKindOf(first.slice(0, MAX_LINE));
  if (kind === undefined) return undefined;
  const { lines, end } = relevantLines(crash);
  const found = describe(lines.slice(0, end), kind);
  const title = sanitizeTitle(found.title);
  const corruptedReason = found.corrupted ?? corruptionOf(found.title, lines, found.format);
  const alternatives = new Set(found.alternatives.map(sanitizeTitle));
  alternatives.delete(title);
  const frame = /.* in ((?:<[a-zA-Z0-9_: ]+>)?[a-zA-Z0-9_:]+)/.exec(title)?.[1];
  return {
    title,
    altTitles: [...alternatives].sort(),
    type: crashType(title),
    corrupted: corruptedReason !== undefined,
    ...(corruptedReason !== undefined && { corruptedReason }),
    ...(frame !== undefined && { frame }),
  };
}

/** The lines that count, and how many of them come before another crash's. */
function relevantLines({ lines, context }: CrashLines): { lines: string[]; end: number } {
  const kept: string[] = [];
  // Lines of one task are one report, whatever else it reports.
  const separate = context !== "" && context !== "console";
  let end: number | undefined;
  let count = 0;
  for (const [index, whole] of lines.entries()) {
    const line = whole.length > MAX_LINE ? whole.slice(0, MAX_LINE) : whole;
    if (index > 0 && end === undefined && !separate && !isFrameLine(line) && beginsAnother(line)) end = kept.length;
    if (index > 0 && context !== "" && isQuestionable(line)) continue;
    count++;
    if (index > 0 && line.includes("Disabling lock debugging due to kernel taint")) continue;
    if (count > ENOUGH_LINES && isAftermath(line)) break;
    kept.push(line);
  }
  return { lines: kept, end: separate ? kept.length : (end ?? kept.length) };
}

/** Most lines are frames, and can be told from crashes at a glance. */
function isFrameLine(line: string): boolean {
  return line.charCodeAt(0) === 32 && line.includes("+0x");
}

function beginsAnother(line: string): boolean {
  if (STACK_MESSAGE.test(line)) return true;
  return crashKindOf(line) !== undefined && !CONTINUATIONS.some((known) => known.test(line));
}

/** Frames that the unwinder did not vouch for. */
function isQuestionable(line: string): boolean {
  return (line.includes(" ? ") || line.endsWith(" (unreliable)")) && !line.includes("<EOI>");
}

/** What follows a report: the panic that it was asked to be, or a deadlock that printing it ran into. */
function isAftermath(line: string): boolean {
  return (
    line.includes("Kernel panic - not syncing") ||
    line.includes("WARNING: possible circular locking dependency detected")
  );
}

interface Description {
  title: string;
  alternatives: string[];
  corrupted: string | undefined;
  format: CrashFormat | undefined;
}

/** The wording that fits first in the text; among those that fit at the same place, the first of the list. */
function describe(lines: readonly string[], kind: CrashKind): Description {
  const best: Description & { line: number; column: number } = {
    title: "",
    alternatives: [],
    corrupted: undefined,
    format: undefined,
    line: lines.length,
    column: 0,
  };
  let known = false;
  for (const format of kind.formats) {
    const place = search(lines, format.title, best.line);
    if (place === undefined || place.line > best.line) continue;
    const sameLine = place.line === best.line;
    if (sameLine && (place.match.index > best.column || (place.match.index === best.column && best.title !== ""))) {
      continue;
    }
    if (!sameLine || place.match.index < best.column) {
      Object.assign(best, { title: "", format: undefined, line: place.line, column: place.match.index });
    }
    known = true;
    const captured = format.report ? captureAll(lines, format.report) : captures(place.match);
    if (captured === undefined) continue;
    Object.assign(best, compose(format, captured, lines.slice(place.line)));
  }
  if (best.title === "") {
    const line = lines.find((text) => text.includes(kind.header)) ?? "";
    best.title = line.slice(Math.max(0, line.indexOf(kind.header)));
    best.corrupted = known ? "the line that names the crash is there, but not what should follow it" : undefined;
  }
  if (best.corrupted === undefined && best.format?.corrupted) best.corrupted = "only a part of the report is there";
  return best;
}

/** The first of `lines`, up to number `last`, that `what` matches. */
function search(
  lines: readonly string[],
  what: RegExp,
  last: number,
): { line: number; match: RegExpExecArray } | undefined {
  for (let line = 0; line < lines.length && line <= last; line++) {
    const match = what.exec(lines[line]!);
    if (match !== null) return { line, match };
  }
  return undefined;
}

const captures = (match: RegExpExecArray): string[] => match.slice(1).map((text) => text ?? "");

/** What `parts` capture, each in a later line than the one before. */
function captureAll(lines: readonly string[], parts: readonly RegExp[]): string[] | undefined {
  const captured: string[] = [];
  let from = 0;
  for (const part of parts) {
    const found = search(lines.slice(from), part, lines.length);
    if (found === undefined) return undefined;
    captured.push(...captures(found.match));
    from += found.line + 1;
  }
  return captured;
}

function compose(format: CrashFormat, captured: readonly string[], lines: readonly string[]): Partial<Description> {
  const found = format.stack ? guiltyFrames(format.stack, lines) : { frames: [], ok: true };
  const title = fill(format.name, [...captured, ...found.frames.map(({ name }) => name)]);
  const alternatives = (format.alt ?? []).map((alt) =>
    fill(alt, [...captured, ...found.frames.map(({ name }) => name)]),
  );
  for (const names of partlyStripped(found.frames)) {
    for (const alt of [format.name, ...(format.alt ?? [])]) alternatives.push(fill(alt, [...captured, ...names]));
  }
  return { title, alternatives, corrupted: found.ok ? undefined : "no frame of a stack is there", format };
}

function fill(name: string, words: readonly string[]): string {
  return name.replace(/%(\d)/g, (_, number) => words[Number(number) - 1] ?? "");
}

/** A frame by the name that the title uses, and as the log has it. */
interface GuiltyFrame {
  readonly name: string;
  readonly raw: string;
}

/** The frames' names with one prefix of system calls or another left on: what other versions called the bug. */
function partlyStripped(frames: readonly GuiltyFrame[]): string[][] {
  if (frames.length === 0) return [];
  const lists = [frames.map(({ raw }) => raw)];
  for (const prefix of SYSCALL_PREFIXES) {
    if (!frames.some(({ raw }) => raw.startsWith(prefix))) continue;
    lists.push(frames.map(({ raw }) => (raw.startsWith(prefix) ? raw.slice(prefix.length) : raw)));
  }
  return lists;
}

/** The function without the prefix that a system call's architecture and implementation give it. */
function withoutPrefix(frame: string): string {
  const names = SYSCALL_PREFIXES.filter((prefix) => frame.startsWith(prefix)).map((prefix) =>
    frame.slice(prefix.length),
  );
  return names.reduce((shortest, name) => (name.length < shortest.length ? name : shortest), frame);
}

const ALWAYS_SKIPPED = SKIPPED_FRAMES.flatMap(({ patterns }) => patterns);

/** Remembers the answers: the same few functions stand in all stacks, and the expression is long. */
class Skipped {
  private readonly expression: RegExp;
  private readonly known = new Map<string, boolean>();

  constructor({ skip = [] }: StackFormat) {
    this.expression = new RegExp([...ALWAYS_SKIPPED, ...skip].map((one) => `(?:${one})`).join("|"));
  }

  test(name: string): boolean {
    let answer = this.known.get(name);
    if (answer !== undefined) return answer;
    answer = this.expression.test(name);
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    this.known.set(name, answer);
    return answer;
  }
}

// Few: each can keep the piece of the log alive that it was cut from.
const MAX_KNOWN = 512;
const skipCache = new Map<StackFormat, Skipped>();
const skipExpression = (format: StackFormat): Skipped => {
  const known = skipCache.get(format) ?? new Skipped(format);
  skipCache.set(format, known);
  return known;
};

/** Whether a function is one that titles pass over. */
export function isSkippedFrame(name: string): boolean {
  return skipExpression(ANY_STACK).test(name);
}
const ANY_STACK: StackFormat = { parts: [] };

function guiltyFrames(format: StackFormat, lines: readonly string[]): { frames: GuiltyFrame[]; ok: boolean } {
  const first = readParts(format, format.parts, lines);
  if (first.ok || format.otherwise === undefined) return first;
  return readParts(format, format.otherwise, lines);
}

/** Follows `parts` through the lines. Each stack among them ends with the start of the next. */
function readParts(
  format: StackFormat,
  parts: readonly StackPart[],
  lines: readonly string[],
): { frames: GuiltyFrame[]; ok: boolean } {
  const skip = skipExpression(format);
  const results: GuiltyFrame[] = [];
  let names: string[] = [];
  let ok = true;
  let traces = 0;
  let at = 0;
  const collect = (match: RegExpExecArray | null) => {
    for (const name of match?.slice(1) ?? []) if (name !== undefined && !skip.test(name)) names.push(name);
  };
  const settle = () => {
    const frame = chooseFrame(format, names);
    if (frame === undefined) ok = false;
    results.push(frame ?? { name: "corrupted", raw: "corrupted" });
    names = [];
  };

  for (let index = 0; index < parts.length; index++) {
    const part = parts[index]!;
    if (part !== "trace") {
      while (at < lines.length) {
        const line = lines[at++]!;
        if (STRAY_STACK.test(line)) {
          ok = false;
          break;
        }
        const match = part.exec(line);
        if (match === null) continue;
        collect(match);
        break;
      }
      continue;
    }
    if (traces++ > 0) settle();
    while (at < lines.length) {
      const line = lines[at++]!;
      if (STRAY_STACK.test(line)) {
        ok = false;
        break;
      }
      if (ANY_STACK_START.test(line)) break;
      const next = parts[index + 1];
      const match = next instanceof RegExp ? next.exec(line) : null;
      if (match !== null) {
        collect(match);
        index++;
        break;
      }
      for (const frame of FRAMES) {
        const found = frame.exec(line);
        if (found === null) continue;
        collect(found);
        break;
      }
    }
  }
  settle();
  return { frames: results, ok };
}

function chooseFrame({ choose }: StackFormat, names: readonly string[]): GuiltyFrame | undefined {
  if (names.length === 0) return undefined;
  const stripped = names.map(withoutPrefix);
  if (choose === undefined) return { name: stripped[0]!, raw: names[0]! };
  const chosen = choose(stripped);
  return chosen && { name: chosen.name, raw: names[chosen.index]! };
}

/** What is wrong with a report that has a title: each stack that it announces must have a frame. */
function corruptionOf(title: string, lines: readonly string[], format: CrashFormat | undefined): string | undefined {
  if (/\[ *[0-9]+\.[0-9]+\]/.test(title)) return "a time stamp is in the middle of the title";
  if (format === undefined || format.noStackTrace) return undefined;
  let traced = false;
  const starts = lines.flatMap((line, at) => (!isFrameLine(line) && ANY_STACK_START.test(line) ? [at] : []));
  for (const start of STACK_STARTS) {
    const at = starts.find((index) => start.test(lines[index]!));
    if (at === undefined) continue;
    // The text after the last line feed counts as a line.
    if (lines.length + 1 - at < 4) return "a stack ends where it begins";
    if (hasFrame(lines.slice(at + 1, at + 1 + FRAME_WITHIN))) traced = true;
    else if (start !== RISCV_REGISTERS_END) return "a stack has no frames";
  }
  return traced ? undefined : "there is no stack";
}

function hasFrame(lines: readonly string[]): boolean {
  for (const line of lines) {
    if (ANY_STACK_START.test(line)) return false;
    if (line.includes("(stack is not available)") || FRAMES.some((frame) => frame.test(line))) return true;
  }
  return false;
}
