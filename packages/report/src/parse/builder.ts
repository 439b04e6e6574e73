import { bugTraits } from "@kasan/shadow";
import type { ReportFields } from "../sections/index.ts";
import type { LineRole } from "../sections/section.ts";
import { kasanType } from "../title/crash-type.ts";
import { type CrashName, nameCrash } from "../title/title.ts";
import type { Damage, ParsedReport } from "./parsed.ts";
import type { PeeledLine } from "./peeled.ts";
import { clean } from "./prefix.ts";
import { ReportReader } from "./report-reader.ts";
import { withOffset } from "./with-offset.ts";
import { goesOn } from "./wrap.ts";

/** A line of the input, as it was read. */
export interface RawLine {
  /** Its number, from 1. */
  readonly number: number;
  /** The line, ending included. */
  readonly raw: string;
  /** The part it plays. Lines are half of all objects: each is made once and handed on to the report. */
  role: LineRole;
}

/** How a report was found. */
export interface ReportStart {
  readonly form: "report" | "oops";
  /** The context of the line that it was found by. */
  readonly context: string;
  /** The text in front of that line, and so of the others; see {@link indentOf}. */
  readonly indent?: RegExp;
  /** Whether that line alone proves a report. */
  readonly certain: boolean;
  /** Lines of the crash that came before, in the same context: the first crash names what follows. */
  readonly prelude: readonly string[];
}

/** A report without an end is over after this many lines that say nothing. */
const MAX_IDLE = 60;
/** The same, before the access or the call trace is seen. */
const MAX_IDLE_EARLY = 12;
/** The same in an oops, which can contain a dump of the function tracer. */
const MAX_IDLE_OOPS = 400;
/** No report is longer. */
const MAX_LINES = 3000;
/** Lines that can follow the end of an oops. */
const MAX_AFTER_END = 40;
/** Lines of other tasks between the end of a report and the panic or the note that follows it. */
const MAX_AFTER_RULE = 3;
/** At most this many lines are joined into one. */
const MAX_JOINED = 6;

interface Logical {
  text: string;
  raw: RawLine[];
  /** Whether the first line had a prefix. */
  prefixed: boolean;
}

/** Collects the lines of one report. */
export class ReportBuilder {
  /** Whether it takes no more lines. */
  closed = false;
  private readonly reader: ReportReader;
  private readonly kept: RawLine[] = [];
  private readonly texts: string[] = [];
  private last: Logical | undefined;
  private idle = 0;
  private afterEnd = 0;
  private ruleEnds = false;
  private afterRule = 0;
  private damage: Damage | undefined;
  private hungUp = false;
  private lastKnown = 0;
  private readonly bare: string;
  private marked: string;
  private start: ReportStart;

  constructor(start: ReportStart) {
    this.start = start;
    this.reader = new ReportReader(start.form);
    this.marked = `${start.context}>`;
    this.bare = start.context.startsWith(">") ? start.context.replace(/[^>]+$/, "") : "";
  }

  /** Takes the line that the report was found by, whatever else it says. */
  begin(line: RawLine, peeled: PeeledLine): void {
    this.settle();
    const [text, ...rest] = peeled.text.split("\n") as [string, ...string[]];
    this.last = { text: this.textOf(text) ?? text, raw: [line], prefixed: this.start.context !== this.bare };
    for (const part of rest) this.offerOne({ ...line, raw: "" }, { ...peeled, text: part });
  }

  /**
   * Offers the next line of the log.
   *
   * @returns whether the report took it
   */
  offer(line: RawLine, peeled: PeeledLine): boolean {
    if (!peeled.several) return this.offerOne(line, peeled);
    let taken = false;
    for (const text of peeled.text.split("\n")) {
      // The whole line comes back with the first part that is taken.
      taken = this.offerOne(taken ? { ...line, raw: "" } : line, { ...peeled, text }) || taken;
    }
    return taken;
  }

  private offerOne(line: RawLine, peeled: PeeledLine): boolean {
    if (this.closed) return false;
    const { context } = peeled;
    if (this.isStrange(context)) return this.passBy(line, context);
    this.adopt(peeled);
    if ((context === "" || context === this.bare) && context !== this.start.context) {
      const next = secondLine(this.last?.text, peeled.text);
      if (next !== undefined) return this.take(line, next);
    }
    if ((context === "" || context === this.bare) && this.tryJoin(line, peeled)) return true;
    if (context === this.marked && this.isMarkedRow(peeled))
      return this.take(line, clean(line.raw).slice(this.bare.length));
    if (context !== this.start.context) return this.passBy(line, context);
    const text = this.textOf(peeled.text);
    if (text === undefined) return this.passOver();
    return this.take(line, text);
  }

  /** Whether lines of a context are others', whatever they say. Most are, if reports of many tasks are open. */
  private isStrange(context: string): boolean {
    const { context: own } = this.start;
    return context !== own && context !== "" && own !== this.bare && context !== this.bare && context !== this.marked;
  }

  /** Leaves a line to others. */
  private passBy({ raw }: RawLine, context: string): false {
    if (this.ruleEnds && ++this.afterRule > MAX_AFTER_RULE) this.close();
    // The program that ran the machine prints this, without a caller.
    if ((context === "" || context === "console") && raw.includes("serialport: VM disconnected.")) this.hungUp = true;
    return false;
  }

  /** A first line that lost its prefix, or a part of it, belongs to the lines below, which have theirs. */
  private adopt({ context, text }: PeeledLine): void {
    const isFirst = this.kept.length === 0 && this.last?.text.includes("BUG: KAS");
    if (!isFirst || this.start.context !== this.bare || !context.startsWith(this.bare) || context === this.bare) return;
    if (!isAccess(text)) return;
    const { context: _, indent: __, ...start } = this.start;
    this.start = { ...start, certain: true, context };
    this.marked = `${context}>`;
  }

  private take(line: RawLine, text: string): boolean {
    this.settle();
    if (this.closed || this.endsBefore(text)) return false;
    this.last = { text, raw: [line], prefixed: this.start.context !== this.bare };
    return true;
  }

  /** The marked row of memory looks like a quotation in a mail. */
  private isMarkedRow({ text }: PeeledLine): boolean {
    return this.reader.inMemory && /^ ?[0-9a-f]{8,16}: [0-9a-f]{2} [0-9a-f]{2} /.test(text);
  }

  /** The text of a line without the indent of a pasted log; `undefined` if the line does not have that indent. */
  private textOf(text: string): string | undefined {
    const { indent } = this.start;
    if (indent === undefined) return text;
    const match = indent.exec(text);
    if (match !== null) return text.slice(match[0].length);
    return text.trim() === "" ? "" : undefined;
  }

  /** Skips a line of something else, which only its missing indent tells apart. */
  private passOver(): boolean {
    if (++this.idle > MAX_IDLE_EARLY) this.close("truncated");
    return false;
  }

  /** Takes the rest of a line that mail broke. It has no prefix of its own. */
  private tryJoin(line: RawLine, { text, context }: PeeledLine): boolean {
    const { last } = this;
    if (last === undefined || last.raw.length >= MAX_JOINED) return false;
    const cut = hardWrapped(last.raw.at(-1)!.raw, line.raw);
    if (cut !== undefined) {
      last.text = `${last.text}${cut}`.trimEnd();
      last.raw.push(line);
      return true;
    }
    const next = this.start.indent && context === this.start.context ? (this.textOf(text) ?? text) : text;
    const isRule = last.prefixed && last.text.trim() === "" && /^={60,}\s*$/.test(next);
    if (!isRule && !goesOn(last.text, next)) return false;
    // A release may be broken at its hyphen.
    const between = /^\s*CPU: .* \d+\.\d\S*-$/.test(last.text) ? "" : " ";
    last.text = `${last.text.trimEnd()}${between}${next.trim()}`;
    if (isRule) last.text = next.trim();
    last.raw.push(line);
    return true;
  }

  /** Reads the line that may have gone on until now. */
  private settle(): void {
    const { last } = this;
    if (last === undefined) return;
    this.last = undefined;
    const role = this.reader.read(last.text) ?? this.readMerged(last.text);
    for (const line of last.raw) {
      line.role = role ?? "foreign";
      this.kept.push(line);
    }
    this.noteText(last.text, role);
    if (role === undefined || role === "blank") {
      this.countIdle(role);
    } else {
      this.idle = 0;
      this.lastKnown = this.kept.length;
    }
    if (role === "rule" && this.isEndRule()) this.ruleEnds = true;
    if (this.kept.length >= MAX_LINES) this.close("truncated");
  }

  /** Reads a first line that has output of another CPU in front of it. */
  private readMerged(text: string): LineRole | undefined {
    if (this.lastKnown > 0) return undefined;
    const at = text.search(/BUG: KAS[Aa][Nn]:|(?:Oops: )?general protection fault|KASAN: /);
    return at > 0 ? this.reader.read(text.slice(at)) : undefined;
  }

  private countIdle(role: LineRole | undefined): void {
    if (role === undefined) this.idle++;
    const limit = !this.reader.begun ? MAX_IDLE_EARLY : this.start.form === "oops" ? MAX_IDLE_OOPS : MAX_IDLE;
    const prose = this.start.context === this.bare && this.reader.begun ? MAX_IDLE : limit;
    if (this.idle > Math.min(limit, prose)) this.close("truncated");
  }

  /** Keeps the lines that titles are made from: one title line, and frames as the kernel prints them. */
  private noteText(text: string, role: LineRole | undefined): void {
    if (role === "title") {
      const previous = this.texts.findIndex((known) => known.startsWith("BUG: KAS"));
      if (previous >= 0 && this.texts.length - previous <= 2) this.texts.splice(previous, 1);
    }
    // Before 4.4 the words had blanks between them.
    const words =
      role === "title"
        ? text.replace(
            /(KAS[Aa][Nn]: )([a-z]+ [a-z ]+?)(?= in )/,
            (_, start, type) => start + type.replaceAll(" ", "-"),
          )
        : text;
    this.texts.push(role === "title" || role === "frame" || role === "registers" ? withOffset(words) : words);
  }

  /** A rule that comes after something of the report ends it. */
  private isEndRule(): boolean {
    return this.reader.begun && this.kept.some(({ role }) => role === "access" || role === "frame");
  }

  /** Whether the report is over before `text`. */
  private endsBefore(text: string): boolean {
    const { reader } = this;
    if (text.includes("BUG: KAS") && /BUG: KAS[Aa][Nn]:/.test(text) && (reader.begun || this.start.form === "oops")) {
      // Titles repeat, once for each function that was merged into another.
      this.giveBackRule();
      this.close(this.ruleEnds ? undefined : this.start.form === "oops" ? "interleaved" : "truncated");
      return true;
    }
    if (this.ruleEnds) return this.endsAfterRule(text);
    if (this.start.form === "oops" && reader.ended) return this.endsAfterOops(text);
    if (reader.begun && (isFault(text) || (this.start.form === "report" && OTHER_CRASH.test(text)))) {
      this.close("interleaved");
      return true;
    }
    return false;
  }

  private endsAfterRule(text: string): boolean {
    if (
      /Disabling lock debugging|Kernel panic - not syncing: (?:KASAN|kasan|panic_on_warn)/.test(text) &&
      this.afterEnd++ < 3
    ) {
      return false;
    }
    this.close();
    return true;
  }

  private endsAfterOops(text: string): boolean {
    if (this.afterEnd++ > MAX_AFTER_END || isFault(text)) {
      this.close();
      return true;
    }
    if (
      /^(?:Kernel panic - not syncing: Fatal|R?IP|RSP|[RC][A-Z0-9]{1,2}:|EFLAGS|FS:|CS:|DR\d|PKRU|Code:|Kernel Offset|note: |Modules)/.test(
        text.trim(),
      )
    ) {
      return false;
    }
    this.close();
    return true;
  }

  /** A rule before a title belongs to the title, unless it ends what came before. */
  private giveBackRule(): void {
    if (!this.ruleEnds) return;
    const whole = this.kept.some(({ role }) => role === "memory-row");
    if (!whole) {
      this.ruleEnds = false;
      while (this.kept.length > 0 && ["rule", "blank", "foreign"].includes(this.kept.at(-1)!.role)) {
        this.returned.unshift(this.kept.pop()!);
        if (this.returned[0]!.raw.includes("=====")) break;
      }
      this.lastKnown = Math.min(this.lastKnown, this.kept.length);
    }
  }

  /** Lines that were taken and turned out not to belong to the report. */
  readonly returned: RawLine[] = [];

  /** Takes no more lines. */
  close(damage?: Damage): void {
    if (this.closed) return;
    this.settle();
    this.closed = true;
    this.damage ??= damage;
    // Lines after the last one that says something do not belong to the report.
    const tail = this.kept.splice(this.lastKnown);
    this.returned.unshift(...tail);
  }

  /** The report; `undefined` if it turned out to be none, and all its lines are foreign. */
  finish(): ParsedReport | undefined {
    this.close(this.ruleEnds || this.reader.ended ? undefined : "truncated");
    if (this.lastKnown === 0 || (!this.start.certain && !this.proven())) {
      this.returned.unshift(...this.kept.splice(0));
      return undefined;
    }
    const fields = this.reader.finish();
    const name = this.name();
    const { damage } = this;
    const whole = damage === "truncated" && isWhole(fields) ? undefined : damage;
    return {
      ...fields,
      form: this.start.form,
      ...name,
      line: this.anchorLine(),
      ...(whole !== undefined && { damage: whole }),
      lines: this.kept,
    };
  }

  private anchorLine(): number {
    const wanted = this.start.form === "oops" ? ["oops", "shadow-fault"] : ["title"];
    const line = this.kept.find(({ raw, role }) => wanted.includes(role) && !raw.includes("kasan: "));
    return (line ?? this.kept[0]!).number;
  }

  /** Whether the lines after the title show that this is a report, and not a text about one. */
  private proven(): boolean {
    return this.kept.some(({ role }) => role === "access" || role === "frame" || role === "shadow-fault");
  }

  private name() {
    const { prelude, context } = this.start;
    const from = this.texts.findIndex((text) =>
      this.start.form === "oops" ? isFault(text) : text.includes("BUG: KAS"),
    );
    const own = this.texts.slice(Math.max(0, from));
    // If only the hint is left of the first lines, the registers of x86 show that it was a protection fault.
    const lost =
      from < 0 && this.texts.some((text) => /^RIP:/.test(text)) ? ["general protection fault: 0000 KASAN"] : [];
    const named = (lines: string[]) => nameCrash({ lines, context: context.replace(/^>+/, "") });
    // The report's own first line decides; other tools go by the crash that came before.
    const others = prelude.length === 0 ? undefined : named([...prelude, ...lost, ...own]);
    const name = withOthers(named([...lost, ...own]), others);
    if (name === undefined) {
      const title = `KASAN: ${this.reader.draft.bugType}`;
      return {
        title,
        altTitles: [],
        type: kasanType(title),
        corrupted: true,
        corruptedReason: "the first line was lost",
      };
    }
    return this.hungUp && !name.corrupted
      ? { ...name, corrupted: true, corruptedReason: "the console was disconnected" }
      : name;
  }
}

/** Whether everything that the kernel prints is there. Mails often leave out the rules around a report. */
function isWhole({ form, memory, callTrace, function: place, access, bugType, asynchronous }: ReportFields): boolean {
  if (form === "oops") return place !== undefined && callTrace.length > 0;
  if (asynchronous) return callTrace.length > 0;
  // A report of an address without shadow ends with the call trace.
  return (
    access !== undefined && callTrace.length > 0 && (memory !== undefined || bugTraits(bugType).fault === "no-memory")
  );
}

/** Whether a line is the first of an oops in a kernel with KASAN. */
export function isFault(text: string): boolean {
  return /general protection fault.*(?:: [0-9a-f]{4} \[#|non-canonical|maybe for address)|[Uu]nable to handle (?:kernel|page fault)|kernel NULL pointer dereference/.test(
    text,
  );
}

/** A name, with what others would call the crash among its alternatives. */
function withOthers(name: CrashName | undefined, others: CrashName | undefined): CrashName | undefined {
  if (name === undefined || others === undefined) return name ?? others;
  const titles = new Set([...name.altTitles, others.title, ...others.altTitles]);
  titles.delete(name.title);
  return { ...name, altTitles: [...titles].sort() };
}

/** First lines of crashes of other kinds: a report that they stand in was cut short. */
const OTHER_CRASH =
  /^(?:WARNING: (?:CPU: |possible |suspicious |inconsistent |held lock)|UBSAN: |kernel BUG at |BUG: (?!KAS[Aa][Nn]: |unable to handle)|INFO: (?:task |rcu|trying to register)|watchdog: BUG)/;

/** Columns of consoles that break lines without a look at words. */
const COLUMNS = 79;

/** The rest of a line that a console broke at its last column, and gave its own prefix; `undefined` if `next` is not that. */
function hardWrapped(line: string, next: string): string | undefined {
  const prefix = /^\d\d: /.exec(line)?.[0];
  if (prefix === undefined || !next.startsWith(prefix) || next.startsWith(`${prefix}[`)) return undefined;
  return clean(line).trimEnd().length >= COLUMNS ? clean(next).slice(prefix.length).trimEnd() : undefined;
}

/** Whether a line is the one behind the title. */
function isAccess(text: string): boolean {
  return /^\s*(?:(?:Read|Write) (?:of size \d+ )?at addr |Free of addr |(?:Read|Write) of size \d+ by task)/.test(text);
}

/** First lines of messages of two lines, and how their second begins (mm/kasan/report.c). Logs that print a prefix once leave it out there. */
const SECOND_LINES: readonly (readonly [first: string, second: RegExp])[] = [
  ["The buggy address belongs to the object at ", /^which belongs to the cache /],
  ["The buggy address is located ", /^(?:(?:freed|allocated) )?\d+-byte region \[/],
  ["The buggy address belongs to the virtual mapping", /^\[[0-9a-fx]+, [0-9a-fx]+\) created by:/],
  ["[", /^\S+\+0x[0-9a-f]+\/0x[0-9a-f]+/],
];

/** A line without a prefix, as the second one of the message that `last` began; `undefined` if it is not. */
function secondLine(last: string | undefined, text: string): string | undefined {
  if (last === undefined) return undefined;
  const [first, second] = [last.trim(), text.trim()];
  const isSecond = SECOND_LINES.some(
    ([begin, pattern]) =>
      first.startsWith(begin) && pattern.test(second) && (begin !== "[" || first.endsWith("created by:")),
  );
  return isSecond ? ` ${second}` : undefined;
}
