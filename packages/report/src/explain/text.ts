import { type AddressBits, formatAddress, spellAddress } from "@kasan/shadow";
import { checkReport } from "../checks/index.ts";
import { isGuilty } from "../facts/shadow.ts";
import { formatFrame, type StackFrame } from "../frame.ts";
import { byteHex } from "../json-parts.ts";
import type { ParsedReport } from "../parse/parsed.ts";
import { kernelOf } from "../sections/machine.ts";
import { isSkippedFrame } from "../title/title.ts";
import { fingerprintOf, signatureOf } from "../triage/signature.ts";
import { functionName, plural } from "../words.ts";
import { type Explanation, explainReport } from "./explanation.ts";
import type { ExplainFormat, WriteText } from "./format.ts";
import type { Picture } from "./picture.ts";
import type { Segment } from "./segments.ts";
import { stacksOf } from "./stacks.ts";
import { accessWords, markedAddress, ownTitle, pastWords } from "./words.ts";

/** Colours; each returns its text as it is to be printed. */
export interface Painter {
  /** Titles. */
  readonly bold: (text: string) => string;
  /** Less important text. */
  readonly dim: (text: string) => string;
  /** Text about things that are wrong. */
  readonly red: (text: string) => string;
  /** Text about things that are in order. */
  readonly green: (text: string) => string;
  /** Text about things that may be wrong. */
  readonly yellow: (text: string) => string;
}

const same = (text: string): string => text;

/** No colours. */
export const PLAIN: Painter = { bold: same, dim: same, red: same, green: same, yellow: same };

/** Columns of text. */
const WIDTH = 80;
/** Columns of a picture. */
const PICTURE_WIDTH = 64;

/** What stands between reports. */
const RULE = `${"─".repeat(WIDTH)}\n`;

/** Reports as text, each with the mail that it came with. */
export function textFormat(
  write: WriteText,
  { paint = PLAIN }: { readonly paint?: Painter | undefined } = {},
): ExplainFormat {
  let first = true;
  return {
    report: (report, { mail }) => {
      const from = mail && paint.dim(`Mail ${mail.message ?? "without a name"}, thread ${mail.thread}`);
      write(`${first ? "" : RULE}${from === undefined ? "" : `${from}\n`}${explainText(report, paint)}`);
      first = false;
    },
  };
}

/**
 * A report explained, as text of 80 columns.
 *
 * @example
 * ```ts
 * import { readFileSync } from "node:fs";
 * import { explainText, parseLog } from "@kasan/report";
 *
 * const [report] = parseLog(readFileSync("dmesg.log")).reports;
 * console.log(explainText(report!).split("\n")[0]); // KASAN: slab-out-of-bounds Write in oob_init
 * ```
 */
export function explainText(report: ParsedReport, paint: Painter = PLAIN): string {
  const explanation = explainReport(report);
  const parts = [
    header(report, paint),
    wrap(explanation.summary.join(" ")),
    ...(explanation.picture ? [drawPicture(explanation.picture, report.addressBits, paint)] : []),
    ...(report.memory ? [drawMemory(report, paint)] : []),
    ...(explanation.legend.length > 0 ? [drawLegend(explanation)] : []),
    drawVariables(explanation, report, paint),
    section("What happened, in order", explanation.story, paint),
    ...stacksOf(report).map(({ title, frames }) => stack(title, frames, paint)),
    `${paint.bold("Likely mistake")}\n${wrap(explanation.mistake, "  ")}`,
    section("What KASAN cannot know", explanation.unknown, paint),
    checks(report, paint),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function header(report: ParsedReport, paint: Painter): string {
  const { altTitles, machine, line, corrupted } = report;
  const own = ownTitle(report);
  const from = `line ${line}${kernelOf(machine)}, fingerprint ${fingerprintOf(signatureOf(report))}`;
  return [
    paint.bold(paint.red(report.title)) + (corrupted ? paint.yellow(" (damaged)") : ""),
    ...(own ? [paint.dim(`KASAN itself: ${own}`)] : []),
    ...(altTitles.length > 0 ? [paint.dim(`also: ${altTitles.join(", ")}`)] : []),
    paint.dim(from),
  ].join("\n");
}

/** Breaks text at blanks, but not between a number and its unit. */
function wrap(text: string, indent = "", first = indent): string {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(/(?<!\d) | (?!m?s\b)/)) {
    if (!empty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line].join("\n");
}

function section(title: string, items: readonly string[], paint: Painter): string {
  if (items.length === 0) return "";
  return [paint.bold(title), ...items.map((item) => wrap(item, "    ", "  - "))].join("\n");
}

const FILL: Record<Segment["kind"], string> = {
  object: "=",
  slack: "-",
  variable: "=",
  accessible: "=",
  partial: "=",
  redzone: "x",
  freed: "~",
  "out-of-scope": "~",
  unallocated: ".",
  tagged: "=",
  unknown: " ",
};

const USABLE: ReadonlySet<Segment["kind"]> = new Set(["object", "variable", "accessible", "tagged"]);
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** The object, its redzones, and below it the access, to scale. */
function drawPicture({ start, end, segments, access }: Picture, bits: AddressBits | undefined, paint: Painter): string {
  const span = Number(end - start);
  const column = (address: bigint) => Math.round((Number(address - start) * PICTURE_WIDTH) / span);
  const cells = Array<string>(PICTURE_WIDTH).fill(" ");
  for (const segment of segments) {
    const [from, to] = [column(segment.start), column(segment.end)];
    const end = Math.min(Math.max(to, from + 1), PICTURE_WIDTH);
    for (let i = Math.max(from, 0); i < end; i++) cells[i] = FILL[segment.kind];
  }
  // What is wrong with the access must be seen, however narrow it is.
  for (const segment of segments.filter(({ kind }) => !USABLE.has(kind))) {
    const [from, to] = [larger(segment.start, access.start), smaller(segment.end, access.end)];
    if (from < to) cells[Math.min(column(from), PICTURE_WIDTH - 1)] = FILL[segment.kind];
  }
  const from = Math.min(column(access.start), PICTURE_WIDTH - 1);
  const to = Math.max(column(access.end), from + 1);
  const mark = " ".repeat(from) + "^".repeat(to - from);
  const kinds = new Map(segments.map(({ kind, label }) => [`${FILL[kind]}${label}`, `${FILL[kind]} ${label}`]));
  const per = span / PICTURE_WIDTH;
  const scale =
    per >= 1 ? `a column is ${Math.round(per * 10) / 10} bytes` : `a byte is ${Math.round(10 / per) / 10} columns`;
  return [
    `${paint.bold("The memory")} ${paint.dim(`from ${spellAddress(start, bits)} to ${spellAddress(end, bits)}, to scale: ${scale}`)}`,
    `  [${cells.join("")}]`,
    `   ${paint.red(mark)} ${paint.red("the access")}`,
    ...[...kinds.values()].map((label) => `    ${label}`),
  ].join("\n");
}

function drawMemory(report: ParsedReport, paint: Painter): string {
  const { memory, guiltyRow } = report;
  const bad = markedAddress(report);
  const lines = memory!.rows.map((row) => {
    const bytes = Array.from(row.bytes, (byte, i) => {
      const text = byteHex(byte);
      const at = row.address + BigInt(i * memory!.granule);
      return bad !== undefined && at <= bad && bad < at + BigInt(memory!.granule)
        ? paint.red(`[${text}]`)
        : ` ${text} `;
    });
    const marked = bad === undefined ? row.address === guiltyRow : isGuilty(row, memory!.granule, bad);
    return `  ${marked ? ">" : " "}${formatAddress(row.address, report.addressBits)}:${bytes.join("").trimEnd()}`;
  });
  return [
    `${paint.bold("The shadow")} ${paint.dim(`one byte for ${memory!.granule} bytes of memory; the bad one in brackets`)}`,
    ...lines,
  ].join("\n");
}

/** The variables of the frame, a line each, and where the access begins. */
function drawVariables({ variables }: Explanation, { stack, access }: ParsedReport, paint: Painter): string {
  if (variables.length === 0 || stack?.frame === undefined) return "";
  const range = ({ start, end }: (typeof variables)[number]) => `[${start}, ${end})`;
  const width = Math.max(...variables.map((one) => range(one).length));
  const title = `${paint.bold(`The variables of ${functionName(stack.frame.function)}`)} ${paint.dim("bytes from the frame's start")}`;
  const lines = variables.map((one) => {
    const mark = one.begins ? paint.red(`  <- ${accessWords(access!.kind)} begins here${pastWords(one.past)}`) : "";
    return `  ${range(one).padEnd(width)} '${one.name}', ${plural(one.end - one.start, "byte")}${mark}`;
  });
  const outside = variables.some(({ begins }) => begins)
    ? []
    : [paint.red(`  ${String(stack.frame.offset).padEnd(width)} <- ${accessWords(access!.kind)} begins here`)];
  return [title, ...lines, ...outside].join("\n");
}

function drawLegend({ legend }: Explanation): string {
  return legend
    .map(({ byte, name, meaning }) => `    ${byteHex(byte)} ${meaning}${name ? ` (${name})` : ""}`)
    .join("\n");
}

/** Frames shown of each stack. */
const FRAMES = 12;

function stack(title: string, frames: readonly StackFrame[], paint: Painter): string {
  const reliable = frames.filter(({ reliable: sure }) => sure);
  if (reliable.length === 0) return "";
  const shown = reliable.slice(0, FRAMES).map((frame) => {
    const source = frame.file === undefined ? "" : ` ${frame.file}${frame.line === undefined ? "" : `:${frame.line}`}`;
    const text = `  ${frame.offset === undefined && frame.symbol ? frame.symbol : formatFrame(frame)}${source}`;
    return frame.symbol && isSkippedFrame(frame.symbol) ? paint.dim(text) : text;
  });
  const more = reliable.length > FRAMES ? [paint.dim(`  … ${reliable.length - FRAMES} more`)] : [];
  return [paint.bold(title), ...shown, ...more].join("\n");
}

function checks(report: ParsedReport, paint: Painter): string {
  const results = checkReport(report);
  const bad = results.filter(({ ok }) => !ok);
  const title = `${paint.bold("The report against itself")} ${paint.dim(`${results.length - bad.length} of ${results.length} checks agree`)}`;
  const lines = bad.map(({ message, line }) =>
    wrap(`${message}${line === undefined ? "" : ` (line ${line})`}`, "    ", "  ! "),
  );
  return [title, ...lines.map(paint.yellow)].join("\n");
}
