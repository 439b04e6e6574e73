/** An area was allocated (`alloc_vmap_area`). Addresses and sizes in bytes. */
export interface AllocEvent {
  /** Discriminates the events. */
  readonly event: "alloc";
  /** First address, 0 … 2^64-1. */
  readonly start: bigint;
  /** Size in bytes including the guard page. */
  readonly size: bigint;
  /** First address of the range that was searched. */
  readonly from: bigint;
  /** Last address of that range. */
  readonly to: bigint;
  /** Whether there was no room, so that nothing was allocated. */
  readonly failed: boolean;
}

/** An area was freed, and waits for the purge (`free_vmap_area_noflush`). */
export interface FreeEvent {
  /** Discriminates the events. */
  readonly event: "free";
  /** First address of the area. */
  readonly start: bigint;
}

/** The waiting areas were purged (`purge_vmap_area_lazy`). */
export interface PurgeEvent {
  /** Discriminates the events. */
  readonly event: "purge";
  /** Start of the flushed range; 2^64-1 if nothing was flushed. */
  readonly start: bigint;
  /** End of the flushed range; 0 if nothing was flushed. */
  readonly end: bigint;
  /** Number of purged areas. */
  readonly purged: number;
}

/** An event of a kernel's vmalloc trace, with its line number, starting at 1. */
export type VmallocEvent = (AllocEvent | FreeEvent | PurgeEvent) & {
  /** The line number. */
  readonly line: number;
};

/** A line that apparently should contain an event but does not. */
export interface DamagedLine {
  /** Discriminates it from events. */
  readonly event: "damaged";
  /** Its line number, starting at 1. */
  readonly line: number;
  /** Its text, at most 200 characters. */
  readonly text: string;
}

const NUMBER = "(0x[0-9a-f]{1,16}|\\d{1,20})";
/** Also matches the format of trace-cmd report, which has spaces in other places. */
const ALLOC = new RegExp(
  `va_start: *${NUMBER} +size= *${NUMBER} +align= *${NUMBER} +vstart= *${NUMBER} +vend= *${NUMBER} +failed= *(\\d+)`,
);
const FREE = new RegExp(`va_start= *${NUMBER} +nr_lazy= *${NUMBER} +nr_lazy_max= *${NUMBER}`);
const PURGE = new RegExp(`start= *${NUMBER} +end= *${NUMBER} +num_purged= *(\\d+)`);
const NAME = /\b(alloc_vmap_area|free_vmap_area_noflush|purge_vmap_area_lazy): *(.*)$/;
/** A row starts with its task and CPU, followed by its time and the event's name. */
const ROW = /^ *\S.*-\d+ +(\(.{7}\) +)?\[\d+\]/;
const ROW_WITH_EVENT = /\d: +\w+:/;
/** Matches the contents of our rows apart from the name, and the kernel's message for a buffer overrun. */
const OURS = /vmap_area|va_start|num_purged|\[LOST \d+ EVENTS\]/;
const MAX_TEXT = 200;
const LIMIT = 1n << 64n;

/**
 * Reads vmalloc events from the text of `/sys/kernel/tracing/trace` or `trace-cmd report` (include/trace/events/vmalloc.h). Accepts
 * the text in pieces and buffers at most one line.
 */
export class TraceReader {
  private rest = "";
  private line = 0;

  /** Reads more of the text. */
  *push(text: string): Generator<VmallocEvent | DamagedLine> {
    const lines = (this.rest + text).split("\n");
    this.rest = (lines.pop() as string).slice(0, 65536);
    for (const line of lines) yield* this.read(line);
  }

  /** Reads what is left at the end of the text. */
  *end(): Generator<VmallocEvent | DamagedLine> {
    const { rest } = this;
    this.rest = "";
    if (rest !== "") yield* this.read(rest, true);
  }

  /** @param last - the line has no terminator */
  private *read(text: string, last = false): Generator<VmallocEvent | DamagedLine> {
    const line = ++this.line;
    if (text.startsWith("#")) return;
    const found = NAME.exec(text);
    const event = found && parse(found[1], found[2]);
    if (event) yield { ...event, line };
    else if (found || isCut(text, last)) yield { event: "damaged", line, text: text.slice(0, MAX_TEXT) };
  }
}

/** Whether a line without one of our event names may have lost one. Other events are ignored. */
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
