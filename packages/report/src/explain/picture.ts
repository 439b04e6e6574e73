import { type MemoryState as ByteState, bugTraits, meaningOf } from "@kasan/shadow";
import { extentOf } from "../facts/extent.ts";
import { freeRecordOf } from "../facts/frees.ts";
import { BYTES_PER_ROW, shadowContext, usableBytes } from "../facts/shadow.ts";
import { frameVariables } from "../facts/variables.ts";
import type { ParsedReport } from "../parse/parsed.ts";
import { accessSize, untaggedAddress } from "../sections/access.ts";
import { isKept } from "../sections/tracks.ts";
import { plural } from "../words.ts";

/** A stretch of memory in a {@link Picture}. */
export interface Segment {
  /** First address. */
  readonly start: bigint;
  /** The address after it. */
  readonly end: bigint;
  /** The kind of memory: asked for, given in addition by the allocator, a variable of a stack, or as the shadow says. */
  readonly kind: "object" | "slack" | "variable" | ByteState;
  /** A few words. */
  readonly label: string;
}

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
  const segments = joined(known.reduce(overlay, shadowSegments(report, start, end)));
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

/** Puts a stretch over segments. What is known to be bad inside of an object or a variable stays as the shadow says. */
function overlay(segments: readonly Segment[], over: Segment): Segment[] {
  return segments.flatMap((segment) => {
    const start = max(segment.start, over.start);
    const end = min(segment.end, over.end);
    const stays = over.kind === "slack" || over.kind === "freed" ? false : !COVERED.has(segment.kind);
    if (start >= end || stays) return [segment];
    return [
      { ...segment, end: start },
      { ...over, start, end },
      { ...segment, start: end },
    ].filter((part) => part.start < part.end);
  });
}

/** Makes one segment of neighbours that say the same. */
function joined(segments: readonly Segment[]): Segment[] {
  const all: Segment[] = [];
  for (const segment of segments) {
    const last = all.at(-1);
    if (last?.kind === segment.kind && last.label === segment.label)
      all[all.length - 1] = { ...last, end: segment.end };
    else all.push(segment);
  }
  return all;
}

/** What the shadow says of memory that is in use, or does not say. */
const COVERED: ReadonlySet<Segment["kind"]> = new Set(["accessible", "unknown", "tagged"]);

/** The memory from `start` to `end` as the shadow describes it, with a gap where the report does not show the shadow. */
function shadowSegments(report: ParsedReport, start: bigint, end: bigint): Segment[] {
  const { memory } = report;
  const granule = BigInt(memory?.granule ?? 8);
  const context = shadowContext(report);
  const segments: Segment[] = [];
  const add = (to: bigint, kind: Segment["kind"], label: string) => {
    const from = segments.at(-1)?.end ?? start;
    if (to > from) segments.push({ start: from, end: to, kind, label });
  };
  for (const row of memory?.rows ?? []) {
    for (const [i, byte] of Array.from(row.bytes).entries()) {
      const at = row.address + BigInt(i) * granule;
      if (at + granule <= start || at >= end) continue;
      add(at, "unknown", NOT_SHOWN);
      const { state, meaning } = meaningOf(byte, context);
      if (state === "accessible" || state === "partial") {
        add(min(at + BigInt(usableBytes(byte, memory!)), end), "accessible", "accessible");
        add(min(at + granule, end), "redzone", "behind the last byte that may be used");
      } else add(min(at + granule, end), state, meaning);
    }
  }
  add(end, "unknown", NOT_SHOWN);
  return segments;
}

const NOT_SHOWN = "not shown by the report";

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
