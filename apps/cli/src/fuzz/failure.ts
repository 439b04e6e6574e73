import type { Failure, Finding } from "@kasan/fuzz";
import type { FuzzFailure } from "@kasan/guest";
import { formatLogLine, type LogLine } from "@kasan/kernel";
import { explainText, fingerprintOf, parseLog, signatureOf, titleOf } from "@kasan/report";
import { plural } from "../plural.ts";

/** What kinds of bugs there are. */
export type FailureKind =
  | "kasan"
  | "oops"
  | "bug"
  | "panic"
  | "stack-overflow"
  | "out-of-memory"
  | "hang"
  | "leak"
  | "missing"
  | "warning"
  | "thread"
  | "machine"
  | "stopped";

/** A failure of a guest, named. */
export interface NamedFailure extends Failure {
  /** Its kind. */
  readonly kind: FailureKind;
  /** What the session tells of it. */
  readonly details: FuzzFailure;
}

/** A bug that a fuzzer found in a guest. */
export type FuzzFinding = Finding & NamedFailure;

/** Functions of the allocator, at the top of the stack of each allocation. */
const ALLOCATOR = /^(?:_*kasan_|_*k[mzcv]*alloc|_*kmem_cache_|krealloc|kstrdup|kmemdup)/;
/** Callers that tell leaks apart. */
const LEAK_DEPTH = 4;

/** Lines of a log that say what happened, and the kind of bug that each is. The first that a log has counts. */
const FIRST_LINES: readonly (readonly [line: RegExp, kind: FailureKind])[] = [
  [/^BUG: KASAN: /, "kasan"],
  [
    /^BUG: (?:TASK |IRQ |)stack guard page was hit|^BUG: stack (?:overflow|guard)|kernel stack overflow/,
    "stack-overflow",
  ],
  [/^kernel BUG |^------------\[ cut here \]------------ kernel BUG/, "bug"],
  [/^Kernel panic/, "panic"],
  [/^(?:BUG: |Oops: |general protection fault|Unable to handle|Internal error: |divide error)/, "oops"],
  [/^WARNING: /, "warning"],
];

/**
 * A bug that an input led to: two that have the same fingerprint are the same.
 *
 * @param told - keys of bugs that were told: of several leaks, one that was not comes first
 */
export function failureOf(failed: FuzzFailure, told: ReadonlySet<string> = new Set()): NamedFailure {
  const all = named(failed);
  const { kind, title, place } = all.find((one) => !told.has(keyOf(one))) ?? all[0];
  const slow = kind === "hang" || kind === "out-of-memory";
  return { key: keyOf({ kind, place }), kind, title, details: failed, ...(slow && { slow }) };
}

const keyOf = ({ kind, place }: Pick<Named, "kind" | "place">): string => `${kind} ${place}`;

/** A failure's kind, its title, and what tells it from others of its kind. */
interface Named {
  readonly kind: FailureKind;
  readonly title: string;
  readonly place: string;
}

/** What may be said of a failure; there is at least one. */
function named(failed: FuzzFailure): Named[] {
  const { stopped, leaks, outOfMemory } = failed;
  if (stopped !== undefined || outOfMemory || leaks.length === 0) return [stop(failed)];
  return leaks.map(leak).sort((a, b) => (a.place < b.place ? -1 : 1));
}

/** Why an input did not run to its end, or should not have. */
function stop(failed: FuzzFailure): Named {
  const { stopped, timeoutSite, outOfMemory, log } = failed;
  if (stopped === "timeout") return hang(timeoutSite?.frame?.symbol);
  if (stopped === "thread") {
    const title = "the input waits for a thread, which a fuzzed program cannot have: its state could not be set back";
    return { kind: "thread", title, place: placeIn(failed) };
  }
  if (stopped === "machine") return machine(failed);
  if (outOfMemory) return { kind: "out-of-memory", title: "the input takes all of the machine's memory", place: "" };
  for (const [at, { text }] of log.entries()) {
    const kind = FIRST_LINES.find(([line]) => line.test(text))?.[1];
    if (kind !== undefined) return { kind, ...crash(failed, at) };
  }
  const title = log.at(-1)?.text ?? `the guest stopped: ${stopped}`;
  return { kind: stopped === "missing" ? "missing" : "stopped", title, place: title };
}

/** The machine's own code failed: most often, the guest has overwritten what its allocator keeps. */
function machine({ machineError: error }: FuzzFailure): Named {
  const what = error === undefined ? "" : `: ${error.name}: ${error.message}`;
  const place = /\n +at (?:new )?(\S+)/.exec(error?.stack ?? "")?.[1] ?? "";
  return {
    kind: "machine",
    title: `the machine cannot go on, as after its own data was overwritten${what}`,
    place: `${error?.name} ${place}`,
  };
}

/** Frames of a crash that tell it from others. */
const PLACE_DEPTH = 4;
/** Where the CPU was, or a frame that the unwinder vouches for. */
const FRAME = /^(?:RIP: [0-9a-f]+:| ?pc : | )([A-Za-z_][\w.]*\+0x[0-9a-f]+)\/0x/;

/** Where a crash happened, which does not depend on addresses; else its title without them. */
function placeIn({ log }: FuzzFailure, title = ""): string {
  const frames = log.flatMap(({ text }) => FRAME.exec(text)?.[1] ?? []);
  const what = title.replace(/\b(?:0x)?[0-9a-f]{6,}\b/g, "ADDRESS");
  return [what, ...new Set(frames)].slice(0, PLACE_DEPTH + 1).join(" ");
}

function hang(symbol: string | undefined): Named {
  const title = `the input does not end in time${symbol === undefined ? "" : `, in ${symbol}()`}`;
  return { kind: "hang", title, place: symbol ?? "" };
}

/** Objects that the same stack allocated are one bug. */
function leak({ cache, size, stack }: FuzzFailure["leaks"][number]): Named {
  const callers = stack.flatMap(({ symbol }) => symbol ?? []).filter((symbol) => !ALLOCATOR.test(symbol));
  const where = callers[0] === undefined ? "" : ` in ${callers[0]}()`;
  return {
    kind: "leak",
    title: `memory leak${where}: ${size} bytes of ${cache}`,
    place: callers.slice(0, LEAK_DEPTH).join(),
  };
}

/** Crashes by the lines that they are told apart by: many inputs lead to the same bug, and to read a report takes as long as some of them. */
const crashes = new Map<string, Omit<Named, "kind">>();
const MOST_CRASHES = 1000;
/** Lines of reports that tell which bug it is: what happened, and the frames of its stacks. */
const TELLING = /^(?:BUG: |RIP: |Freed by|Allocated by|Call Trace:)|^ *\S+\+0x[0-9a-f]+\/0x/;

/** A crash whose first line is the log's line `at`. */
function crash(failed: FuzzFailure, at: number): Omit<Named, "kind"> {
  const lines = failed.log.flatMap(({ text }) =>
    TELLING.test(text) ? text.replace(/ at (?:addr )?[\da-fx.]+s?:?$/, "") : [],
  );
  const known = lines.join("\n");
  let found = crashes.get(known);
  if (found === undefined) {
    const texts = failed.log.slice(at).map(({ text }) => text);
    const title = titleOf(texts) ?? texts[0];
    const [report] = parseLog(logOf(failed)).reports;
    found = { title, place: report ? fingerprintOf(signatureOf(report)) : placeIn(failed, texts[0]) };
    if (crashes.size >= MOST_CRASHES) crashes.clear();
    crashes.set(known, found);
  }
  return found;
}

/** Leaks, those of the same stack as one, much as kmemleak prints them (mm/kmemleak.c, print_unreferenced). */
function leaksText({ leaks }: FuzzFailure): string {
  const counts = new Map<string, number>();
  for (const { cache, size, stack } of leaks) {
    const frames = stack.map(({ symbol = "?", offset = 0, size: bytes = 0, module }) => {
      const where = module === undefined ? "" : ` [${module}]`;
      return `    ${symbol}+0x${offset.toString(16)}/0x${bytes.toString(16)}${where}\n`;
    });
    const text = ` of ${cache} (size ${size}):\n  backtrace:\n${frames.join("")}`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => `${plural(count, "unreferenced object")}${text}`).join("");
}

/** Lines of a log as text. */
export const textOfLog = (log: readonly LogLine[]): string => log.map((line) => `${formatLogLine(line)}\n`).join("");

/** What the guest printed. */
const logOf = ({ log }: FuzzFailure): string => textOfLog(log);

/** What the guest printed, and what its first report means. */
export function describeFailure(failed: FuzzFailure): string {
  const log = logOf(failed) + leaksText(failed);
  const [first] = parseLog(log).reports;
  return first ? `${log}\n${explainText(first)}` : log;
}
