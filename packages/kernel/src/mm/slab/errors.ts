import type { PhysicalMemory } from "@kasan/mmu";
import { formatAddress } from "@kasan/shadow";
import { KernelError } from "../../error.ts";
import type { PageDescriptors } from "../page-descriptors.ts";
import { type KmemCache, SlabFlag } from "./cache.ts";
import type { ObjectLayout } from "./object-layout.ts";
import type { SlabFields } from "./slab-fields.ts";
import type { UserTracks } from "./user-tracks.ts";

/** Receives the errors that are found in slabs. */
export interface SlabErrorSink {
  /**
   * Adds to the errors that a KUnit test counts (slab_add_kunit_errors of mm/slub.c).
   *
   * @returns whether a test does; if so, nothing is printed
   */
  count(errors: number): boolean;
  /** The kernel's taint, as it is printed: `Not tainted`. */
  taint(): string;
  /** The flags of a slab's page, as they are printed: `0x0(zone=0)`. */
  pageFlags(slab: number): string;
  /** Prints lines as errors. */
  print(lines: readonly string[]): void;
  /** Taints the kernel and warns, in the kernel function `by[0]`, called by the others. */
  warn(line: number, by: readonly string[]): void;
}

/** Handles errors where there is no machine that could print them. */
export const REFUSE_ERRORS: SlabErrorSink = {
  count: () => false,
  taint: () => "Not tainted",
  pageFlags: () => "0x0()",
  print([text]) {
    throw new KernelError("SLAB_ERROR", `${text}; give a client`);
  },
  warn() {},
};

/** Where something is looked at. */
export interface Inspection {
  /** The cache. */
  readonly cache: KmemCache;
  /** First frame of the slab. */
  readonly slab: number;
  /** Kernel functions that look, innermost first. */
  readonly by: readonly string[];
}

/** Lines of mm/slub.c with the warnings of __slab_err() and object_err(). */
const SLAB_WARNING = 1152;
const OBJECT_WARNING = 1127;

const RULE = "=".repeat(77);
const LINE = "-".repeat(77);

/** The parts that {@link SlabErrors} uses. */
export interface SlabErrorParts {
  /** RAM. */
  readonly ram: PhysicalMemory;
  /** Page descriptors. */
  readonly pages: PageDescriptors;
  /** Counters and links of slabs. */
  readonly fields: SlabFields;
  /** What is where in an object's slot. */
  readonly layout: ObjectLayout;
  /** Who used objects. */
  readonly tracks: UserTracks;
  /** Receives the errors. */
  readonly sink: SlabErrorSink;
  /** Virtual address of physical address 0. */
  readonly pageOffset: bigint;
}

/** Words errors in slabs as mm/slub.c does, or has them counted. Objects are given by their physical address, slabs by their first frame. */
export class SlabErrors {
  private readonly parts: SlabErrorParts;
  private readonly sink: SlabErrorSink;

  constructor(parts: SlabErrorParts) {
    this.parts = parts;
    this.sink = parts.sink;
  }

  /** An error in a slab (slab_err). */
  slab({ cache, slab, by }: Inspection, text: string): void {
    if (this.sink.count(1)) return;
    this.sink.print([...this.title(cache, text), this.slabLine(slab)]);
    this.sink.warn(SLAB_WARNING, ["__slab_err", ...by]);
  }

  /** An error in an object (object_err). `isObject`: whether there is an object at its address. */
  object({ cache, slab, by }: Inspection, object: number, isObject: boolean, reason: string): void {
    if (this.sink.count(1)) return;
    const dump = isObject
      ? this.trailer(cache, slab, object)
      : [this.slabLine(slab), `Invalid pointer ${this.pointer(object)}`];
    this.sink.print([...this.title(cache, reason), ...dump]);
    this.sink.warn(OBJECT_WARNING, ["object_err", ...by]);
  }

  /** Bytes that do not have their value (check_bytes_and_report). `end`: after the last one. `dump`: whether to show the object. */
  bytes(
    at: Inspection,
    object: number,
    { what, start, end, value, dump }: { what: string; start: number; end: number; value: number; dump: boolean },
  ): void {
    if (!this.sink.count(1)) {
      const found = `First byte ${hexByte(this.parts.ram.u8[start])} instead of ${hexByte(value)}`;
      this.sink.print([
        `[${what} overwritten] ${this.range(start, end)} @offset=${this.offset(at.slab, start)}. ${found}`,
      ]);
      if (dump) this.object(at, object, true, "Object corrupt");
    }
    this.restored(at.cache, what, start, end, value);
  }

  /** Bytes behind a slab's last object that do not have their value (slab_pad_check). */
  slabPadding(
    at: Inspection,
    { start, end, from, to, value }: Record<"start" | "end" | "from" | "to" | "value", number>,
  ): void {
    const text = `Padding overwritten. ${this.range(start, end)} @offset=${this.offset(at.slab, start)}`;
    this.sink.print([...this.title(at.cache, text), ...this.section("Padding ", from, to)]);
    if (!this.sink.count(0)) {
      this.sink.print([this.slabLine(at.slab)]);
      this.sink.warn(SLAB_WARNING, ["__slab_err", ...at.by]);
    }
    this.restored(at.cache, "slab padding", start, end, value);
  }

  private restored(cache: KmemCache, what: string, start: number, end: number, value: number): void {
    this.fix(cache, `Restoring ${what} ${this.range(start, end)}=${hexByte(value)}`);
  }

  /** Says what is done about an error (slab_fix). */
  fix(cache: KmemCache, text: string): void {
    if (!this.sink.count(1)) this.sink.print([`FIX ${cache.name}: ${text}`]);
  }

  /** The counter of slabs differs from what there are (validate_slab_node). */
  wrongCount(text: string): void {
    this.sink.print([text]);
    this.sink.count(1);
  }

  /** Objects of a slab that are still in use when the cache goes (list_slab_objects). */
  remaining({ cache, slab, by }: Inspection, objects: readonly number[]): void {
    if (!this.sink.count(1)) this.sink.print(this.title(cache, "Objects remaining on __kmem_cache_shutdown()"));
    for (const object of objects) {
      if (this.sink.count(1)) continue;
      const place = `Object ${this.pointer(object)} @offset=${this.offset(slab, object)}`;
      this.sink.print([place, ...this.users(cache, object)]);
    }
    if (this.sink.count(0)) return;
    this.sink.print([this.slabLine(slab)]);
    this.sink.warn(SLAB_WARNING, ["__slab_err", ...by]);
  }

  /** An address as text, for the other messages. */
  pointer(physical: number): string {
    return `0x${this.hex(physical)}`;
  }

  private hex(physical: number): string {
    return formatAddress(this.parts.pageOffset + BigInt(physical));
  }

  private range(start: number, end: number): string {
    return `${this.pointer(start)}-${this.pointer(end - 1)}`;
  }

  private offset(slab: number, address: number): number {
    return address - this.start(slab);
  }

  private start(slab: number): number {
    return slab * 2 ** this.parts.pages.pageShift;
  }

  private title(cache: KmemCache, text: string): string[] {
    return [RULE, `BUG ${cache.name} (${this.sink.taint()}): ${text}`, LINE, ""];
  }

  private slabLine(slab: number): string {
    const { pages, fields } = this.parts;
    const [first, free] = [pages.virtual(slab), pages.field(slab, 32)].map((word) =>
      word.toString(16).padStart(16, "0"),
    );
    const counts = `objects=${fields.objects(slab)} used=${fields.inUse(slab)}`;
    return `Slab 0x${first} ${counts} fp=0x${free} flags=${this.sink.pageFlags(slab)}`;
  }

  private users(cache: KmemCache, object: number): string[] {
    const { tracks, layout } = this.parts;
    if (!cache.has(SlabFlag.STORE_USER)) return [];
    return [
      ...tracks.lines(layout.allocated(cache, object), "Allocated"),
      ...tracks.lines(layout.freed(cache, object), "Freed"),
    ];
  }

  /** All that there is to see of an object (print_trailer). */
  private trailer(cache: KmemCache, slab: number, object: number): string[] {
    const { layout, fields, pages } = this.parts;
    const link = fields.rawLink(cache, object).toString(16).padStart(16, "0");
    const redZone = cache.has(SlabFlag.RED_ZONE);
    const before = object > this.start(slab) + 16 ? this.section("Bytes b4 ", object - 16, object) : [];
    const shown = Math.min(cache.objectSize, 2 ** pages.pageShift);
    return [
      ...this.users(cache, object),
      this.slabLine(slab),
      `Object ${this.pointer(object)} @offset=${this.offset(slab, object)} fp=0x${link}`,
      "",
      ...(redZone ? this.section("Redzone  ", object - cache.redLeft, object) : before),
      ...this.section("Object   ", object, object + shown),
      ...(redZone ? this.section("Redzone  ", object + cache.objectSize, object + cache.inUse) : []),
      ...this.section("Padding  ", layout.padding(cache, object), layout.end(cache, object)),
    ];
  }

  /** Bytes in lines of 16, with their addresses and as characters (print_hex_dump of lib/hexdump.c). */
  private section(title: string, start: number, end: number): string[] {
    const lines: string[] = [];
    for (let at = start; at < end; at += 16) {
      const bytes = [...this.parts.ram.u8.slice(at, Math.min(at + 16, end))];
      const numbers = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
      const characters = bytes.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
      lines.push(`${title}${this.hex(at)}: ${numbers.padEnd(49)}${characters}`);
    }
    return lines;
  }
}

const hexByte = (value: number): string => `0x${value.toString(16)}`;
