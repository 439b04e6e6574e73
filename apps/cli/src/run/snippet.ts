import { readFileSync, statSync } from "node:fs";
import type { KasanReport, Painter, StackFrame } from "@kasan/report";

/** A place in a source file. */
interface Place {
  readonly file: string;
  readonly line: number;
  /** Absent for functions that were inlined. */
  readonly column?: number | undefined;
  /** The function, if it was inlined, and where. */
  readonly inlined?: string;
}

/** Larger files are not read for a few of their lines. */
const MAX_SOURCE = 8 * 1024 * 1024;
/** Lines shown above the bad one, and below it. */
const ABOVE = 2;
const BELOW = 1;

/** The source lines of the access, the allocation and the free. Empty if none is known. */
export function snippetOf(report: KasanReport, paint: Painter): string {
  const { access, callTrace, allocated, freed } = report;
  const what = access.kind === "Free" ? "the bad free" : `the bad ${access.kind.toLowerCase()}`;
  return [
    excerpt(placeOf(callTrace), what, ABOVE, BELOW, paint),
    excerpt(placeOf(allocated?.stack), "allocated here", 0, 0, paint),
    excerpt(placeOf(freed?.stack), "freed here", 0, 0, paint),
  ].join("");
}

/** The user's line of a stack: the innermost in a module, or else in the kernel. */
function placeOf(stack: readonly StackFrame[] = []): Place | undefined {
  const located = stack.filter(({ file, line }) => file !== undefined && line !== undefined);
  const frame = located.find(({ module }) => module !== undefined) ?? located[0];
  if (frame === undefined) return undefined;
  const outer = { file: frame.file!, line: frame.line!, column: frame.column };
  // What was inlined from the same file is the user's, too; helpers of headers are not.
  const inner = frame.inlined?.find(({ file, line }) => file === outer.file && line !== undefined);
  if (inner === undefined) return outer;
  return { file: inner.file, line: inner.line!, inlined: `${inner.symbol}(), inlined at ${outer.file}:${outer.line}` };
}

function excerpt(place: Place | undefined, what: string, above: number, below: number, paint: Painter): string {
  const source = place && linesOf(place.file);
  if (place === undefined || source === undefined || place.line > source.length) return "";
  const { file, line, column, inlined } = place;
  const at = column === undefined || column === 0 ? "" : `:${column}`;
  const first = Math.max(1, line - above);
  const last = Math.min(source.length, line + below);
  const width = String(last).length;
  const rows: string[] = [
    `${paint.bold(`${file}:${line}${at}`)}: ${what}${inlined === undefined ? "" : `, in ${inlined}`}`,
  ];
  for (let number = first; number <= last; number++) {
    const text = `${String(number).padStart(width)} | ${source[number - 1]}`;
    rows.push(number === line ? `> ${paint.bold(text)}` : `  ${text}`);
    if (number === line && at !== "")
      rows.push(`  ${" ".repeat(width)} | ${paint.red(caretBelow(source[line - 1]!, column!))}`);
  }
  return `${rows.join("\n")}\n`;
}

/** A mark below a column, which counts bytes. Tabs stay tabs, so that it stands right whatever their width. */
function caretBelow(line: string, column: number): string {
  const before = Buffer.from(line).toString("utf8", 0, column - 1);
  return `${before.replace(/[^\t]/g, " ")}^`;
}

function linesOf(path: string): string[] | undefined {
  try {
    if (statSync(path).size > MAX_SOURCE) return undefined;
    return readFileSync(path, "utf8").split(/\r?\n/);
  } catch {
    return undefined;
  }
}
