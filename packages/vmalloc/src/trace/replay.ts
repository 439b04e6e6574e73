import { PhysicalMemory } from "@kasan/mmu";
import { PAGE_SIZE } from "@kasan/shadow";
import { AREA_STATE_BYTES, AreaAllocator, type PurgedArea } from "../areas.ts";
import { RangePool } from "../range-pool.ts";
import { CountedScheme, type SchemeCost } from "../schemes/counted.ts";
import type { MakeScheme } from "../schemes/scheme.ts";
import type { AllocEvent, DamagedLine, FreeEvent, VmallocEvent } from "./events.ts";

/** Numbers of skipped events, by reason. */
export interface SkippedEvents {
  /** Lines that should contain an event but are truncated or damaged. */
  readonly damaged: number;
  /** Frees of areas that were allocated before the trace. */
  readonly unknownFrees: number;
  /** Areas that overlap others, because events are missing. */
  readonly conflicts: number;
  /** Allocations that failed. */
  readonly failed: number;
  /** Areas outside vmalloc space, which is the space of the first event: modules. */
  readonly otherSpaces: number;
}

/** A point in the history of a trace. */
export interface ReplaySample {
  /** Number of events before it. */
  readonly events: number;
  /** Areas in use. */
  readonly areas: number;
  /** Number of mapped shadow pages, by scheme. */
  readonly shadowPages: Readonly<Record<string, number>>;
}

/** Result of a replay. */
export interface ReplayResult {
  /** Number of replayed events. */
  readonly events: number;
  /** Events and lines that were skipped. */
  readonly skipped: SkippedEvents;
  /** The first damaged lines: their numbers and texts. */
  readonly damagedLines: readonly DamagedLine[];
  /** Areas in use at the end. */
  readonly areasAtEnd: number;
  /** Costs, by scheme. */
  readonly schemes: Readonly<Record<string, SchemeCost>>;
  /** The history, with at most {@link MAX_SAMPLES} points. */
  readonly history: readonly ReplaySample[];
}

/** Maximum number of points in the history; when it is reached, every second point is dropped. */
export const MAX_SAMPLES = 512;
const MAX_DAMAGED = 10;
/** Maximum number of areas, free ranges and waiting areas at one time. */
const RECORDS = 2 ** 19;
/**
 * Replays the vmalloc events of a real kernel under shadow schemes: areas have their original addresses and are purged at the
 * original times. O(log areas) per event and scheme; memory for the areas and shadow pages that exist at one time.
 */
export class Replay {
  private readonly schemes: readonly CountedScheme[];
  private areas: AreaAllocator | undefined;
  private space: { from: bigint; to: bigint } | undefined;
  private count = 0;
  private readonly skipped = { damaged: 0, unknownFrees: 0, conflicts: 0, failed: 0, otherSpaces: 0 };
  private readonly others = new Set<bigint>();
  /** Freed areas that wait for a purge, oldest first: whether each is in vmalloc space. */
  private readonly waiting: boolean[] = [];
  private readonly damagedLines: DamagedLine[] = [];
  private history: ReplaySample[] = [];
  private interval = 1;

  /**
   * @param schemes - by name
   * @param scaleShift - log2 of the bytes that a shadow byte describes: 3 in generic mode, 4 with software tags
   */
  constructor(schemes: Readonly<Record<string, MakeScheme>>, scaleShift = 3) {
    this.schemes = Object.values(schemes).map((make) => new CountedScheme(make, scaleShift));
  }

  /** Number of events replayed so far. */
  get events(): number {
    return this.count;
  }

  /** Processes the next event, or a damaged line. */
  add(event: VmallocEvent | DamagedLine): void {
    if (event.event === "damaged") {
      this.skipped.damaged++;
      if (this.damagedLines.length < MAX_DAMAGED) this.damagedLines.push(event);
      return;
    }
    if (!this.apply(event)) return;
    this.count++;
    this.sample();
  }

  /** @returns whether the event counts */
  private apply(event: VmallocEvent): boolean {
    if (event.event === "alloc") return this.alloc(event);
    return event.event === "free" ? this.free(event) : this.purge(event.purged);
  }

  /** The areas of vmalloc space, which is the range that the first event searched. */
  private areasFor(event: AllocEvent): AreaAllocator {
    if (!this.areas) {
      const memory = PhysicalMemory.allocate(0, RangePool.bytes(RECORDS));
      const pool = new RangePool(memory, 0, RECORDS);
      this.areas = new AreaAllocator(pool, new Uint32Array(AREA_STATE_BYTES / 4), event.from, event.to);
      this.space = { from: event.from, to: event.to };
    }
    return this.areas;
  }

  private alloc(event: AllocEvent): boolean {
    if (event.failed) return this.skip("failed");
    if (this.space && event.from !== this.space.from) {
      this.others.add(event.start);
      return this.skip("otherSpaces");
    }
    const aligned = [event.start, event.from, event.to + 1n].every((address) => address % BigInt(PAGE_SIZE) === 0n);
    const inside = event.start >= event.from && event.start + event.size <= event.to + 1n && event.size > 0n;
    if (!aligned || !inside) return this.skip("conflicts");
    const areas = this.areasFor(event);
    const vpn = Number(event.start >> 12n);
    const pages = Math.ceil(Number(event.size) / PAGE_SIZE);
    // If a waiting area is in the way, its purge was not traced.
    if (!areas.allocateAt(vpn, pages) && !(this.purge(this.waiting.length) && areas.allocateAt(vpn, pages)))
      return this.skip("conflicts");
    for (const { scheme } of this.schemes) {
      scheme.populate(vpn, pages);
      scheme.unpoison(vpn, (pages - 1) * PAGE_SIZE);
    }
    return true;
  }

  private free({ start }: FreeEvent): boolean {
    const { areas } = this;
    if (this.others.delete(start)) {
      this.waiting.push(false);
      return this.skip("otherSpaces");
    }
    const vpn = Number(start >> 12n);
    const area = areas?.find(vpn);
    if (!areas || !area || area.vpn !== vpn) return this.skip("unknownFrees");
    for (const { scheme } of this.schemes) scheme.poison(vpn, area.pages - 1);
    this.waiting.push(true);
    return areas.release(vpn);
  }

  /** Purges the `count` areas that have waited longest; those freed while the purge ran still wait. */
  private purge(count: number): boolean {
    const ours = this.waiting.splice(0, count).filter(Boolean).length;
    const release: PurgedArea = (vpn, pages, freeVpn, freePages) => {
      for (const { scheme } of this.schemes) scheme.release(vpn, pages, freeVpn, freePages);
    };
    this.areas?.purge(() => {}, release, ours);
    return true;
  }

  private skip(why: keyof SkippedEvents): false {
    this.skipped[why]++;
    return false;
  }

  private sample(): void {
    if (this.count % this.interval !== 0) return;
    const shadowPages = Object.fromEntries(this.schemes.map(({ scheme, mapped }) => [scheme.name, mapped]));
    this.history.push({ events: this.count, areas: this.areas?.count ?? 0, shadowPages });
    if (this.history.length < MAX_SAMPLES) return;
    this.history = this.history.filter((_, i) => i % 2 === 1);
    this.interval *= 2;
  }

  /** The result so far. */
  get result(): ReplayResult {
    return {
      events: this.count,
      skipped: { ...this.skipped },
      damagedLines: this.damagedLines,
      areasAtEnd: this.areas?.count ?? 0,
      schemes: Object.fromEntries(this.schemes.map(({ scheme, cost }) => [scheme.name, cost])),
      history: this.history,
    };
  }
}
