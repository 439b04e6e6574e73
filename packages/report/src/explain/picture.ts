import { type MemoryState as ByteState, bugTraits, meaningOf } from "@kasan/shadow";
import type { ParsedReport } from "../parse/parsed.ts";
import { accessSize, untaggedAddress } from "../sections/access.ts";
import { BYTES_PER_ROW, shadowContext } from "../sections/memory.ts";

/** A stretch of memory in a {@link Picture}. */
export interface Segment {
  /** First address. */
  readonly start: bigint;
  /** The address after it. */
  readonly end: bigint;
  /** The kind of memory: asked for, given in addition by the allocator, or as the shadow says. */
  readonly kind: "object" | "slack" | ByteState;
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
/** A picture of more bytes would show nothing. */
const MAX_SPAN = 1n << 20n;

/** The memory around the accessed address: the object with its redzones. `undefined` if the log says too little. */
export function pictureOf(report: ParsedReport): Picture | undefined {
  const { region, access, memory } = report;
  if (access === undefined) return undefined;
  const address = untaggedAddress(access);
  const size = accessSize(report) ?? 1n;
  const accessEnd = address + (size > MAX_SPAN ? 1n : size > 0n ? size : 1n);
  const rows = memory?.rows ?? [];
  const shown =
    rows.length > 0 && memory
      ? { start: rows[0]!.address, end: rows.at(-1)!.address + BigInt(BYTES_PER_ROW * memory.granule) }
      : undefined;
  if (region === undefined && shown === undefined) return undefined;
  // A damaged log can say anything.
  if (region !== undefined && region.end <= region.start) return undefined;
  let start = min(region?.start ?? address, address);
  let end = max(region ? objectEnd(report) : accessEnd, accessEnd);
  if (end - start > MAX_SPAN) return undefined;
  if (shown) {
    start = max(min(start, shown.start), min(start, max(shown.start, start - MARGIN)));
    end = min(max(end, shown.end), max(end, min(shown.end, end + MARGIN)));
  }
  return { start, end, segments: segmentsOf(report, start, end), access: { start: address, end: min(accessEnd, end) } };
}

function objectEnd({ object, region }: ParsedReport): bigint {
  return object?.objectSize === undefined ? region!.end : max(region!.end, object.address + BigInt(object.objectSize));
}

/** The memory from `start` to `end`: the object comes from the report, the rest from the shadow. */
function segmentsOf(report: ParsedReport, start: bigint, end: bigint): Segment[] {
  const { region, bugType } = report;
  const segments: Segment[] = [];
  const { phase, family } = bugTraits(bugType);
  const freed = phase === "after-free" || (family === "tags" && report.freed !== undefined);
  if (region) {
    segments.push(...shadowSegments(report, start, region.start));
    const first = max(region.start, start);
    const last = min(region.end, end);
    const what = freed ? "freed object" : "object";
    if (first < last)
      segments.push({
        start: first,
        end: last,
        kind: freed ? "freed" : "object",
        label: `${what}, ${region.size} bytes`,
      });
    const slackEnd = min(objectEnd(report), end);
    if (slackEnd > region.end) {
      segments.push({ start: region.end, end: slackEnd, kind: "slack", label: "of the object, but not asked for" });
    }
    segments.push(...shadowSegments(report, max(slackEnd, region.end), end));
  } else segments.push(...shadowSegments(report, start, end));
  return segments;
}

/** The memory from `start` to `end` as the shadow describes it, with a gap where the report does not show the shadow. */
function shadowSegments(report: ParsedReport, start: bigint, end: bigint): Segment[] {
  const { memory } = report;
  const granule = BigInt(memory?.granule ?? 8);
  const context = shadowContext(report);
  const segments: { start: bigint; end: bigint; kind: Segment["kind"]; label: string }[] = [];
  const add = (to: bigint, kind: Segment["kind"], label: string) => {
    const from = segments.at(-1)?.end ?? start;
    if (to <= from) return;
    const last = segments.at(-1);
    if (last?.kind === kind && last.label === label) last.end = to;
    else segments.push({ start: from, end: to, kind, label });
  };
  for (const row of memory?.rows ?? []) {
    for (const [i, byte] of Array.from(row.bytes).entries()) {
      const at = row.address + BigInt(i) * granule;
      if (at + granule <= start || at >= end) continue;
      add(at, "unknown", NOT_SHOWN);
      const { state, meaning } = meaningOf(byte, context);
      add(min(at + granule, end), state, meaning);
    }
  }
  add(end, "unknown", NOT_SHOWN);
  return segments;
}

const NOT_SHOWN = "not shown by the report";

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
