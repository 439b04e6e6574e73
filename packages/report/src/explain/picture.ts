import { bugTraits } from "@kasan/shadow";
import { extentOf } from "../facts/extent.ts";
import { freeRecordOf } from "../facts/frees.ts";
import { BYTES_PER_ROW, shadowContext } from "../facts/shadow.ts";
import { frameVariables } from "../facts/variables.ts";
import type { ParsedReport } from "../parse/parsed.ts";
import { accessSize, untaggedAddress } from "../sections/access.ts";
import { isKept } from "../sections/tracks.ts";
import { plural } from "../words.ts";
import { memorySegments, type Segment } from "./segments.ts";

/** Addresses from one to another. */
export interface AddressRange {
  /** The first. */
  readonly start: bigint;
  /** The one after the last. */
  readonly end: bigint;
}

/** Memory around a bug, for drawing to scale. */
export interface Picture {
  /** First address shown. */
  readonly start: bigint;
  /** The address after the last. */
  readonly end: bigint;
  /** The memory in between, without gaps. */
  readonly segments: readonly Segment[];
  /** The accessed bytes, as far as they are shown. */
  readonly access: AddressRange;
}

/** Memory shown on either side of the object and the access, if it is known. */
const MARGIN = 64n;
/** How far from the access variables are drawn: a large frame to scale would hide it. */
const NEAR = 128n;
const NOT_SHOWN = "not shown by the report";
/** A picture of more bytes would show nothing. */
const MAX_SPAN = 1n << 20n;

/** The memory around the accessed address: the object with its redzones. `undefined` if the log says too little. */
export function pictureOf(report: ParsedReport): Picture | undefined {
  const { access, memory } = report;
  if (access === undefined) return undefined;
  const address = untaggedAddress(access);
  const size = accessSize(report) ?? 1n;
  const accessEnd = address + (size > MAX_SPAN ? 1n : size > 0n ? size : 1n);
  const rows = memory?.rows ?? [];
  const shown =
    rows.length > 0 && memory
      ? { start: rows[0]!.address, end: rows.at(-1)!.address + BigInt(BYTES_PER_ROW * memory.granule) }
      : undefined;
  const known = knownStretches(report);
  if (known.length === 0 && shown === undefined) return undefined;
  let start = known.reduce((first, stretch) => min(first, stretch.start), address);
  let end = known.reduce((last, stretch) => max(last, stretch.end), accessEnd);
  // A damaged log can say anything.
  if (end - start > MAX_SPAN) return undefined;
  if (shown) {
    start = max(min(start, shown.start), min(start, max(shown.start, start - MARGIN)));
    end = min(max(end, shown.end), max(end, min(shown.end, end + MARGIN)));
  }
  const segments = memorySegments({ memory, context: shadowContext(report), notShown: NOT_SHOWN, known }, start, end);
  return { start, end, segments, access: { start: address, end: min(accessEnd, end) } };
}

/** The stretches that the report names: the object and what was asked of it, or the variables of the frame. */
function knownStretches(report: ParsedReport): Segment[] {
  return [...objectStretches(report), ...variableStretches(report)].filter(({ start, end }) => start < end);
}

function objectStretches(report: ParsedReport): Segment[] {
  const { region, object, bugType } = report;
  const extent = extentOf(report);
  const { phase, family } = bugTraits(bugType);
  const freed =
    phase === "after-free" || (family === "tags" && isKept(report.freed) && freeRecordOf(report) === "this");
  if (freed) {
    const start = region?.start ?? extent?.start;
    const size = region?.size ?? extent?.asked ?? extent?.slot;
    if (start === undefined || size === undefined) return [];
    return [{ start, end: start + BigInt(size), kind: "freed", label: `freed object, ${plural(size, "byte")}` }];
  }
  if (extent === undefined) return [];
  const { start, asked, slot = region?.size ?? object?.objectSize } = extent;
  const known = asked ?? slot;
  if (known === undefined || extent.empty) return [];
  const end = start + BigInt(known);
  const label =
    asked === undefined
      ? `object, with what was not asked for, ${plural(known, "byte")}`
      : `object, ${plural(known, "byte")}`;
  const whole = { start, end, kind: "object", label } as const;
  if (asked === undefined || slot === undefined || slot <= asked) return [whole];
  return [whole, { start: end, end: start + BigInt(slot), kind: "slack", label: "of the object, but not asked for" }];
}

function variableStretches(report: ParsedReport): Segment[] {
  const accessed = untaggedAddress(report.access!);
  const all = frameVariables(report).map(({ address, start, end, name }) => ({
    start: address,
    end: address + BigInt(end - start),
    kind: "variable" as const,
    label: `variable '${name}', ${plural(end - start, "byte")}`,
  }));
  return all.filter(({ start, end }) => end + NEAR > accessed && start < accessed + NEAR);
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
