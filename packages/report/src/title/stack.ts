import type { NameSet } from "./names.ts";

/** A stack of a report, by the line above it. */
export type StackKind = "call" | "allocated" | "freed" | "registers";

/** Most lines are frames, and can be told from others at a glance. */
export function isFrameLine(line: string): boolean {
  return line.charCodeAt(0) === 32 && line.includes("+0x");
}

/** The kind of stack that begins below `line`. */
export function stackBelow(line: string): StackKind | undefined {
  if (line.includes("Call Trace") || line.includes("Call trace") || line.includes("Backtrace:")) return "call";
  if (line.includes("Allocated") && OF_OBJECT.test(line)) return "allocated";
  if (line.includes("Freed") && OF_OBJECT.test(line)) return "freed";
  // riscv prints the frames right below the registers.
  return line.includes("badaddr: ") && line.includes("cause: ") ? "registers" : undefined;
}
const OF_OBJECT = /(?:Allocated|Freed)(?: by task \d+)?:/;

/** Whether a line says that frames come, as opposed to registers that may be all. */
const announcesCall = (line: string) =>
  line.includes("Call Trace:") || line.includes("Call trace:") || line.includes("Backtrace:");

const FRAME = /^ *(?:\[<?(?:0x)?[0-9a-f]+>?\] ){0,2}(\w+)[.+]/;
/** 32-bit arm: `[<pc>] (function) from [<pc>] (caller+0x1/0x2)`. */
const FRAME_FROM = /^ *\[<?[0-9a-f]+>?\] \(([\w.]+)\) from \[<?[0-9a-f]+>?\] \((\w+)[.+]/;

/** The functions that a line of a stack names. */
export function functionsOf(line: string): readonly string[] {
  const frame = FRAME.exec(line);
  if (frame !== null) return [frame[1]!];
  const from = line.includes(" from ") ? FRAME_FROM.exec(line) : null;
  return from === null ? [] : [from[1]!, from[2]!];
}

const POINTER_LABELS = ["IP", "pc ", "PC is at"];
/** A code segment, addresses in brackets, and the function; or just an address, after a jump to nowhere. */
const PLACE = /^:? (?:\d+:)? *(?:\[[^\]]{1,24}\] +){0,2}(?:(\w+)[.+]|0x[0-9a-f]|\(null\))/;

/** The function that a line says the CPU was in; `""` if in none, `undefined` if the line does not say. */
function pointerOf(line: string): string | undefined {
  for (const label of POINTER_LABELS) {
    for (let at = line.indexOf(label); at >= 0; at = line.indexOf(label, at + 1)) {
      const place = PLACE.exec(line.slice(at + label.length));
      if (place !== null) return place[1] ?? "";
    }
  }
  return undefined;
}

/** The same for the trap of a warning, which powerpc shows as `--- interrupt: 700 at function+0x1/0x2`. */
export function trapOf(line: string): string | undefined {
  return pointerOf(line) ?? /--- interrupt: \d+ at (\w+)[.+]/.exec(line)?.[1];
}

/** lockdep's name of a place: `at: [<pc>] function+0x1/0x2`, older ones without `at:`. */
const LOCK_PLACE = /(?:at:|\[<?(?:0x)?[0-9a-f]+>?\]) +(?:\[<?(?:0x)?[0-9a-f]+>?\] +)?(\w+)[.+]/;

/** Fault injection shows the stack of what it lets fail, in the middle of reports of others. */
const INJECTED = /^(?: \[<?(?:0x)?[0-9a-f]+>?\])? should_fail(?:slab)?(?:\.[a-z0-9.]+)?\+0x/;

/** Goes down the lines of a report and collects the functions that can be to blame. */
export class StackReader {
  /** The functions, in the order of the lines. */
  readonly functions: string[] = [];
  /** Whether no other stack was in between. */
  intact = true;
  /** Whether all functions are wanted, and not just the first. */
  all = false;
  private at = 0;

  constructor(
    private readonly lines: readonly string[],
    private readonly innocent: NameSet,
  ) {}

  /** Counts a function, unless it never is to blame. */
  add(name: string): void {
    if (name !== "" && !this.innocent.has(name)) this.functions.push(name);
  }

  /** Begins again at the first line. */
  rewind(): void {
    this.at = 0;
    this.intact = true;
  }

  /** Goes behind the next line that `read` has an answer for. */
  next<T>(read: (line: string) => T | undefined): T | undefined {
    while (this.at < this.lines.length) {
      const line = this.lines[this.at++]!;
      if (this.strays(line)) return undefined;
      const answer = read(line);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  /** Goes behind the line that says where the CPU was. */
  pointer(): void {
    this.add(this.next(pointerOf) ?? "");
  }

  /** Goes behind the next line that names the place of a lock. */
  lockPlace(): string | undefined {
    return this.next((line) => LOCK_PLACE.exec(line)?.[1]);
  }

  /** Goes behind the next line with `text`. */
  line(text: string): boolean {
    return this.next((line) => (line.includes(text) ? true : undefined)) ?? false;
  }

  /** Reads the next call trace. */
  trace(): void {
    this.next((line) => (announcesCall(line) ? true : undefined));
    this.frames();
  }

  /** Reads frames as far as this stack goes. */
  frames(): void {
    while (this.at < this.lines.length) {
      const line = this.lines[this.at++]!;
      if (this.strays(line) || (!isFrameLine(line) && stackBelow(line) !== undefined)) return;
      if (this.functions.length > 0 && !this.all) continue;
      for (const name of functionsOf(line)) this.add(name);
    }
  }

  private strays(line: string): boolean {
    if (!line.includes("should_fail") || !INJECTED.test(line)) return false;
    this.intact = false;
    return true;
  }
}
