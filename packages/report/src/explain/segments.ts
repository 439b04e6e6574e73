import { type MemoryState as ByteState, meaningOf, type PoisonContext } from "@kasan/shadow";
import { usableBytes } from "../facts/shadow.ts";
import type { MemoryState } from "../sections/memory.ts";

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

/** What is known of memory: its shadow, and what is above it. */
export interface KnownMemory {
  /** Rows of shadow, ascending; `undefined` if there is none. */
  readonly memory: MemoryState | undefined;
  /** The kernel whose shadow it is. */
  readonly context: PoisonContext;
  /** What memory is called whose shadow the rows do not have. */
  readonly notShown: string;
  /** What else is known to be there: objects, variables. A later one lies over earlier ones. */
  readonly known: readonly Segment[];
}

/** The memory from `start` to `end` as stretches without gaps: what is known to be there, elsewhere what its shadow says. */
export function memorySegments(memory: KnownMemory, start: bigint, end: bigint): Segment[] {
  return joined(memory.known.reduce(overlay, shadowSegments(memory, start, end)));
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

/** The memory from `start` to `end` as the shadow describes it, with a gap where it is not known. */
function shadowSegments({ memory, context, notShown }: KnownMemory, start: bigint, end: bigint): Segment[] {
  const granule = BigInt(memory?.granule ?? 8);
  const segments: Segment[] = [];
  const add = (to: bigint, kind: Segment["kind"], label: string) => {
    const from = segments.at(-1)?.end ?? start;
    if (to > from) segments.push({ start: from, end: to, kind, label });
  };
  for (const row of memory?.rows ?? []) {
    for (const [i, byte] of Array.from(row.bytes).entries()) {
      const at = row.address + BigInt(i) * granule;
      if (at + granule <= start || at >= end) continue;
      add(at, "unknown", notShown);
      const { state, meaning } = meaningOf(byte, context);
      if (state === "accessible" || state === "partial") {
        add(min(at + BigInt(usableBytes(byte, memory!)), end), "accessible", "accessible");
        add(min(at + granule, end), "redzone", "behind the last byte that may be used");
      } else add(min(at + granule, end), state, meaning);
    }
  }
  add(end, "unknown", notShown);
  return segments;
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
