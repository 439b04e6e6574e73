import { MARKERS, type Marker, markerOf } from "./announcements.ts";
import { kasanType, UNKNOWN } from "./crash-type.ts";
import { CONTINUATIONS, CRASHES, type CrashMessage, STACK_MESSAGES } from "./crashes.ts";
import { NameSet } from "./names.ts";
import { sanitizeTitle } from "./sanitize.ts";
import { plainSyscall, SKIPPED_FRAMES, SYSCALL_PREFIXES } from "./skip-frames.ts";
import { functionsOf, isFrameLine, type StackKind, StackReader, stackBelow } from "./stack.ts";
import { fill, type Words } from "./template.ts";

/** The title of a crash. */
export interface CrashName {
  /** `KASAN: slab-out-of-bounds Write in foo`. */
  readonly title: string;
  /** Other names that the same bug can get; sorted, the title not among them. */
  readonly altTitles: readonly string[];
  /** The kind of crash: `KASAN-WRITE`; `""` if it is of no known kind. */
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
/** With fewer lines from its start to the end of the report, a stack was cut. The text after the last line feed counts. */
const SHORTEST_STACK = 4;
/** Lines are read so far: longer ones are output that ran together, and expressions must stay fast. */
const MAX_LINE = 1000;

/** Whether `line` announces a crash of any kind. */
export function announcesCrash(line: string): boolean {
  return markerOf(line.length > MAX_LINE ? line.slice(0, MAX_LINE) : line) !== undefined;
}

/** Whether a function is one that titles pass over. */
export function isSkippedFrame(name: string): boolean {
  return NEVER_GUILTY.has(name);
}
const NEVER_GUILTY = new NameSet(...SKIPPED_FRAMES);

/** Names the crash that the first of `crash`'s lines announces; `undefined` if it announces none. */
export function nameCrash(crash: CrashLines): CrashName | undefined {
  const marker = markerOf((crash.lines[0] ?? "").slice(0, MAX_LINE));
  if (marker === undefined) return undefined;
  const { lines, end } = relevantLines(crash);
  const found = describe(lines.slice(0, end), marker);
  const titles = found.titles.map(sanitizeTitle) as [string, ...string[]];
  const [title] = titles;
  const altTitles = new Set(titles);
  altTitles.delete(title);
  const corruptedReason = found.corrupted ?? damageOf(lines, found);
  const frame = / in ((?:<[\w: ]+>)?[\w:]+)(?!.* in [\w<])/.exec(title)?.[1];
  return {
    title,
    altTitles: [...altTitles].sort(),
    type: title.startsWith("KASAN: ") ? kasanType(title) : (found.message?.type ?? TYPES[marker] ?? "DoS"),
    corrupted: corruptedReason !== undefined,
    ...(corruptedReason !== undefined && { corruptedReason }),
    ...(frame !== undefined && { frame }),
  };
}

/** The kind of a crash with an unknown message that is neither an oops nor a panic. */
const TYPES: Partial<Record<Marker, string>> = {
  "BUG:": UNKNOWN,
  "INFO:": UNKNOWN,
  "WARNING:": "WARNING",
  "kernel BUG": "BUG",
  "UBSAN:": "UBSAN",
};

/** The lines that count, and how many of them come before another crash's. */
function relevantLines({ lines, context }: CrashLines): { lines: string[]; end: number } {
  const kept: string[] = [];
  // Lines of one task are one report, whatever else it reports.
  const separate = context !== "" && context !== "console";
  let end: number | undefined;
  let count = 0;
  for (const [index, whole] of lines.entries()) {
    const line = whole.length > MAX_LINE ? whole.slice(0, MAX_LINE) : whole;
    if (index > 0 && !isRow(line)) {
      const frame = isFrameLine(line);
      if (end === undefined && !separate && !frame && beginsAnother(line)) end = kept.length;
      if (context !== "" && isQuestionable(line)) continue;
      if (!frame && line.includes("Disabling lock debugging due to kernel taint")) {
        count++;
        continue;
      }
      if (!frame && count >= ENOUGH_LINES && isAftermath(line)) break;
    }
    count++;
    kept.push(line);
  }
  return { lines: kept, end: separate ? kept.length : (end ?? kept.length) };
}

/** A row of memory is nothing else, too: an address, a colon at a known place, and bytes. */
function isRow(line: string): boolean {
  const first = line.charCodeAt(0);
  return (first === 32 || first === 62) && line.charCodeAt(17) === 58 && line.charCodeAt(18) === 32;
}

function beginsAnother(line: string): boolean {
  if (STACK_MESSAGES.some((text) => line.includes(text))) return true;
  return markerOf(line) !== undefined && !CONTINUATIONS.some((text) => line.includes(text));
}

/** Frames that the unwinder did not vouch for. */
function isQuestionable(line: string): boolean {
  return (line.includes(" ? ") || line.endsWith(" (unreliable)")) && !line.includes("<EOI>");
}

/** The crashes that follow from a report: the requested panic, or a deadlock while printing it. */
function isAftermath(line: string): boolean {
  return (
    line.includes("Kernel panic - not syncing") ||
    line.includes("WARNING: possible circular locking dependency detected")
  );
}

interface Description {
  /** The title, and then the alternatives. */
  readonly titles: readonly string[];
  readonly message?: CrashMessage;
  readonly corrupted?: string;
}

const MESSAGES = new Map<Marker, readonly CrashMessage[]>(
  MARKERS.map((marker) => [marker, CRASHES.filter(({ markers }) => markers.includes(marker))]),
);

/** The message that comes first in the text; among those at the same place, the first of the list that is whole. */
function describe(lines: readonly string[], marker: Marker): Description {
  const messages = MESSAGES.get(marker)!;
  for (const [number, line] of lines.entries()) {
    if (!line.includes(marker)) continue;
    const rest = lines.slice(number);
    let first = Number.POSITIVE_INFINITY;
    let best: Description | undefined;
    for (const message of messages) {
      const place = message.says.find(line);
      if (place === undefined || place.at > first || (place.at === first && best !== undefined)) continue;
      if (place.at < first) best = undefined;
      first = place.at;
      best = compose(message, place.words, rest);
      // Nothing can come before its marker.
      if (best !== undefined && first <= line.indexOf(marker)) return best;
    }
    if (best !== undefined) return best;
    if (first === Number.POSITIVE_INFINITY) continue;
    return {
      titles: [line.slice(line.indexOf(marker))],
      corrupted: "the line that names the crash is there, but not what should follow it",
    };
  }
  const line = lines.find((text) => text.includes(marker)) ?? "";
  return { titles: [line.slice(Math.max(0, line.indexOf(marker)))] };
}

/** The titles that a message makes of the lines from it on; `undefined` if something that it needs is not there. */
function compose(message: CrashMessage, own: Words, lines: readonly string[]): Description | undefined {
  const words = message.needs ? wordsOf(message.needs, lines) : own;
  if (words === undefined) return undefined;
  if (message.where === undefined) {
    const titles = message.titles.map((title) => fill(title, words));
    return { titles, message, ...(message.lost && { corrupted: "only a part of the report is there" }) };
  }
  const stack = new StackReader(lines, innocentOf(message));
  if (message.where(stack) === false) return undefined;
  const [guilty] = stack.functions;
  const titles: string[] = [];
  for (const where of namesOf(guilty ?? "corrupted")) {
    for (const title of message.titles) titles.push(fill(title, words, where));
  }
  const whole = guilty !== undefined && stack.intact;
  return { titles, message, ...(!whole && { corrupted: "no frame of a stack is there" }) };
}

/** The words of `messages`, each in a later line than the one before. */
function wordsOf(messages: NonNullable<CrashMessage["needs"]>, lines: readonly string[]): Words | undefined {
  const words: Record<string, string> = {};
  let at = 0;
  for (const message of messages) {
    let found = false;
    while (!found && at < lines.length) {
      const place = message.find(lines[at++]!);
      if (place === undefined) continue;
      Object.assign(words, place.words);
      found = true;
    }
    if (!found) return undefined;
  }
  return words;
}

const innocent = new Map<CrashMessage, NameSet>();

function innocentOf(message: CrashMessage): NameSet {
  if (message.skip === undefined) return NEVER_GUILTY;
  const known = innocent.get(message) ?? new NameSet(...SKIPPED_FRAMES, message.skip);
  innocent.set(message, known);
  return known;
}

/** A function's names: without what marks a system call's function, which titles use, and what other versions would say. */
function namesOf(symbol: string): string[] {
  const plain = plainSyscall(symbol);
  if (plain === symbol) return [symbol];
  const prefixes = SYSCALL_PREFIXES.filter((prefix) => symbol.startsWith(prefix));
  return [plain, symbol, ...prefixes.map((prefix) => symbol.slice(prefix.length))];
}

/** The damage in a report that has a title: each stack that it announces must have a frame. */
function damageOf(lines: readonly string[], { titles, message }: Description): string | undefined {
  if (/\[ *\d+\.\d+\]/.test(titles[0]!)) return "a time stamp is in the middle of the title";
  if (message === undefined || message.bare) return undefined;
  let traced = false;
  const seen = new Set<StackKind>();
  for (const [at, line] of lines.entries()) {
    const kind = isFrameLine(line) || isRow(line) ? undefined : stackBelow(line);
    if (kind === undefined || seen.has(kind)) continue;
    seen.add(kind);
    if (lines.length + 1 - at < SHORTEST_STACK) return "a stack ends where it begins";
    if (hasFrame(lines, at + 1)) traced = true;
    else if (kind !== "registers") return "a stack has no frames";
  }
  return traced ? undefined : "there is no stack";
}

function hasFrame(lines: readonly string[], from: number): boolean {
  for (let at = from; at < Math.min(lines.length, from + FRAME_WITHIN); at++) {
    const line = lines[at]!;
    if (stackBelow(line) !== undefined) return false;
    if (functionsOf(line).length > 0 || line.includes("(stack is not available)")) return true;
  }
  return false;
}
