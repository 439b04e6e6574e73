/** An area came to be (`alloc_vmap_area`). Addresses and sizes in bytes. */
export interface AllocEvent {
  /** Tells it from other events. */
  readonly event: "alloc";
  /** First address, 0 … 2^64-1. */
  readonly start: bigint;
  /** Bytes, the guard page included. */
  readonly size: bigint;
  /** First address of the range that was searched. */
  readonly from: bigint;
  /** Its last address. */
  readonly to: bigint;
  /** Whether there was no room; then nothing came to be. */
  readonly failed: boolean;
}

/** An area was freed, and waits for the purge (`free_vmap_area_noflush`). */
export interface FreeEvent {
  /** Tells it from other events. */
  readonly event: "free";
  /** Its first address. */
  readonly start: bigint;
}

/** What waited was purged (`purge_vmap_area_lazy`). */
export interface PurgeEvent {
  /** Tells it from other events. */
  readonly event: "purge";
  /** Start of the range that was flushed; 2^64-1 if nothing was. */
  readonly start: bigint;
  /** Its end; 0 if nothing was. */
  readonly end: bigint;
  /** How many areas were purged. */
  readonly purged: number;
}

/** An event of a kernel's vmalloc trace, and the line that it stands in, from 1 on. */
export type VmallocEvent = (AllocEvent | FreeEvent | PurgeEvent) & {
  /** The line's number. */
  readonly line: number;
};

/** A line that should hold an event and does not, as far as one can tell. */
export interface DamagedLine {
  /** Tells it from events. */
  readonly event: "damaged";
  /** Its number, from 1 on. */
  readonly line: number;
  /** What it says, at most 200 characters. */
  readonly text: string;
}

const NUMBER = "(0x[0-9a-f]{1,16}|\\d{1,20})";
/** Includes the forms of trace-cmd report, which has spaces in other places. */
const ALLOC = new RegExp(
  `va_start: *${NUMBER} +size= *${NUMBER} +align= *${NUMBER} +vstart= *${NUMBER} +vend= *${NUMBER} +failed= *(\\d+)`,
);
const FREE = new RegExp(`va_start= *${NUMBER} +nr_lazy= *${NUMBER} +nr_lazy_max= *${NUMBER}`);
const PURGE = new RegExp(`start= *${NUMBER} +end= *${NUMBER} +num_purged= *(\\d+)`);
const NAME = /\b(alloc_vmap_area|free_vmap_area_noflush|purge_vmap_area_lazy): *(.*)$/;
/** A row begins with its task and CPU, then come its time and the event's name. */
const ROW = /^ *\S.*-\d+ +(\(.{7}\) +)?\[\d+\]/;
const ROW_WITH_EVENT = /\d: +\w+:/;
/** What a row of ours says beside its name; and what the kernel prints where its buffer ran over. */
const OURS = /vmap_area|va_start|num_purged|\[LOST \d+ EVENTS\]/;
const MAX_TEXT = 200;
const LIMIT = 1n << 64n;

/**
 * Reads the events of vmalloc from the text of `/sys/kernel/tracing/trace` or of `trace-cmd report`
 * (include/trace/events/vmalloc.h). Takes the text in pieces, as it comes; keeps no more of it than a line.
 */
export class TraceReader {
  private rest = "";
  private line = 0;

  /** More of the text. */
  *push(text: string): Generator<VmallocEvent | DamagedLine> {
    const lines = (this.rest + text).split("\n");
    this.rest = (lines.pop() as string).slice(0, 65536);
    for (const line of lines) yield* this.read(line);
  }

  /** The text is over. */
  *end(): Generator<VmallocEvent | DamagedLine> {
    const { rest } = this;
    this.rest = "";
    if (rest !== "") yield* this.read(rest, true);
  }

  /** @param last - nothing ends the line */
  private *read(text: string, last = false): Generator<VmallocEvent | DamagedLine> {
    const line = ++this.line;
    if (text.startsWith("#")) return;
    const found = NAME.exec(text);
    const event = found && parse(found[1], found[2]);
    if (event) yield { ...event, line };
    else if (found || isCut(text, last)) yield { event: "damaged", line, text: text.slice(0, MAX_TEXT) };
  }
}

/** Whether a line without one of our names may have had one. Other events are none of ours. */
function isCut(text: string, last: boolean): boolean {
  return OURS.test(text) || ((last || ROW.test(text)) && !ROW_WITH_EVENT.test(text));
}

function parse(name: string, fields: string): AllocEvent | FreeEvent | PurgeEvent | undefined {
  const pattern = { alloc_vmap_area: ALLOC, free_vmap_area_noflush: FREE, purge_vmap_area_lazy: PURGE }[name];
  const values = pattern?.exec(fields)?.slice(1).map(BigInt);
  if (!values || values.some((value) => value >= LIMIT)) return undefined;
  if (name === "alloc_vmap_area") {
    const [start, size, , from, to, failed] = values;
    return { event: "alloc", start, size, from, to, failed: failed !== 0n };
  }
  if (name === "free_vmap_area_noflush") return { event: "free", start: values[0] };
  return { event: "purge", start: values[0], end: values[1], purged: Number(values[2]) };
}
