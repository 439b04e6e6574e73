import type { PhysicalMemory } from "@kasan/mmu";
import { type PageDescriptors, PGTY_SLAB } from "../page-descriptors.ts";
import { type KmemCache, keepsRequests, SlabFlag } from "./cache.ts";
import type { Inspection, SlabErrors } from "./errors.ts";
import { type ObjectLayout, Poison } from "./object-layout.ts";
import type { SlabFields } from "./slab-fields.ts";

/** The parts that {@link SlabChecks} uses. */
export interface SlabCheckParts {
  /** RAM. */
  readonly ram: PhysicalMemory;
  /** Page descriptors. */
  readonly pages: PageDescriptors;
  /** Counters and links of slabs. */
  readonly fields: SlabFields;
  /** What is where in an object's slot. */
  readonly layout: ObjectLayout;
  /** Receives what is found. */
  readonly errors: SlabErrors;
}

/**
 * Looks for what was overwritten in slabs, and repairs it (mm/slub.c). Each method returns whether all was well. Objects are given by
 * their physical address.
 */
export class SlabChecks {
  private readonly parts: SlabCheckParts;

  constructor(parts: SlabCheckParts) {
    this.parts = parts;
  }

  private start(slab: number): number {
    return slab * 2 ** this.parts.pages.pageShift;
  }

  private slabBytes(slab: number): number {
    const { pages } = this.parts;
    return 2 ** (pages.pageShift + pages.order(slab));
  }

  /** Addresses of a slab's objects. */
  *objects(cache: KmemCache, slab: number): Generator<number> {
    const first = this.start(slab) + cache.redLeft;
    const count = this.parts.fields.objects(slab);
    for (let i = 0; i < count; i++) yield first + i * cache.size;
  }

  /** Whether a link is 0 or the address of an object of the slab (check_valid_pointer). -1 is that of nothing. */
  isObject(cache: KmemCache, slab: number, link: number): boolean {
    if (link === 0) return true;
    const offset = link - cache.redLeft - this.start(slab);
    return offset >= 0 && offset < this.parts.fields.objects(slab) * cache.size && offset % cache.size === 0;
  }

  /** The objects on a slab's free list, which was checked. */
  freeObjects(cache: KmemCache, slab: number): Set<number> {
    const { fields } = this.parts;
    const free = new Set<number>();
    for (let at = fields.freeList(slab); at > 0 && !free.has(at); at = fields.link(cache, at)) free.add(at);
    return free;
  }

  /** Checks that bytes have a value. `dump`: whether to show the object if they do not. */
  private bytes(
    at: Inspection,
    object: number,
    what: string,
    [from, to]: readonly [number, number],
    value: number,
    dump: boolean,
  ): boolean {
    const found = differing(this.parts.ram, from, to, value);
    if (!found) return true;
    this.parts.errors.bytes(at, object, { what, ...found, value, dump });
    this.parts.ram.fill(value, found.start, found.end);
    return false;
  }

  /** Checks an object and what is around it (check_object). `value`: that of its red zones, which says whether it is in use. */
  object(at: Inspection, object: number, value: number): boolean {
    const { layout } = this.parts;
    const { cache } = at;
    let well = true;
    // The first thing found shows the object.
    const check = (what: string, from: number, to: number, expected: number): void => {
      if (to > from && !this.bytes(at, object, what, [from, to], expected, well)) well = false;
    };
    const isActive = value === Poison.RED_ACTIVE;
    const end = object + cache.objectSize;
    const behind = object + cache.inUse;
    if (cache.has(SlabFlag.RED_ZONE)) {
      check("Left Redzone", object - cache.redLeft, object, value);
      check("Right Redzone", end, behind, value);
      // While KASAN withholds a freed object, it has metadata there. The kernel leaves their place out in every object.
      const asked = Math.max(layout.requested(cache, object), layout.metaInObject(cache, object));
      if (isActive && keepsRequests(cache.flags)) check("kmalloc Redzone", object + asked, end, value);
    } else if (cache.has(SlabFlag.POISON)) check("Alignment padding", end, behind, Poison.INUSE);
    if (cache.has(SlabFlag.POISON)) {
      if (!isActive && cache.has(SlabFlag.OBJECT_POISON)) {
        check("Poison", object + layout.metaInObject(cache, object), end - 1, Poison.FREE);
        check("End Poison", end - 1, end, Poison.END);
      }
      check("Object padding", layout.padding(cache, object), layout.end(cache, object), Poison.INUSE);
    }
    // The link of an object in use may be part of it.
    return (!isActive || layout.isLinkOutside(cache) ? this.link(at, object) : true) && well;
  }

  private link(at: Inspection, object: number): boolean {
    const { fields, errors } = this.parts;
    const { cache, slab } = at;
    if (this.isObject(cache, slab, fields.link(cache, object))) return true;
    errors.object(at, object, true, "Freepointer corrupt");
    // The free objects after it are lost: the count of objects is then wrong as well.
    fields.setLink(cache, object, 0);
    return false;
  }

  /** Checks a slab's own data (check_slab). */
  slab(at: Inspection): boolean {
    const { pages, fields, errors } = this.parts;
    const { cache, slab } = at;
    const most = Math.floor(this.slabBytes(slab) / cache.size);
    const [objects, inUse] = [fields.objects(slab), fields.inUse(slab)];
    const wrong =
      pages.type(slab) !== PGTY_SLAB
        ? "Not a valid slab page"
        : objects > most
          ? `objects ${objects} > max ${most}`
          : inUse > objects
            ? `inuse ${inUse} > max ${objects}`
            : fields.isFrozen(slab)
              ? "Slab disabled since SLUB metadata consistency check failed"
              : undefined;
    if (wrong !== undefined) {
      errors.slab(at, wrong);
      return false;
    }
    this.slabPadding(at);
    return true;
  }

  /** Checks the bytes behind a slab's last object (slab_pad_check). */
  slabPadding(at: Inspection): void {
    const { ram, errors } = this.parts;
    const { cache, slab } = at;
    if (!cache.has(SlabFlag.POISON)) return;
    const to = this.start(slab) + this.slabBytes(slab);
    const from = to - (this.slabBytes(slab) % cache.size);
    const found = differing(ram, from, to, Poison.INUSE);
    if (!found) return;
    errors.slabPadding(at, { ...found, from, to, value: Poison.INUSE });
    ram.fill(Poison.INUSE, found.start, found.end);
  }

  /**
   * Follows a slab's free list, and repairs it and the slab's counters (on_freelist).
   *
   * @returns whether `search` is on it; without `search`, whether the list could be followed
   */
  freeList(at: Inspection, search = 0): boolean {
    const { fields, errors } = this.parts;
    const { cache, slab } = at;
    const objects = fields.objects(slab);
    let [count, last] = [0, 0];
    for (let free = fields.freeList(slab); free !== 0 && count <= objects; free = fields.link(cache, free)) {
      if (free === search) return true;
      if (!this.isObject(cache, slab, free)) {
        if (last === 0) return this.dropFreeList(at);
        errors.object(at, last, true, "Freechain corrupt");
        fields.setLink(cache, last, 0);
        break;
      }
      last = free;
      count++;
    }
    this.counters(at, count);
    return search === 0;
  }

  private dropFreeList(at: Inspection): false {
    const { fields, errors } = this.parts;
    const objects = fields.objects(at.slab);
    errors.slab(at, "Freepointer corrupt");
    fields.setFreeList(at.slab, 0);
    fields.setCounters(at.slab, objects, objects, false);
    errors.fix(at.cache, "Freelist cleared");
    return false;
  }

  /** Sets a slab's counters right. `free`: the number of objects on its free list. */
  private counters(at: Inspection, free: number): void {
    const { fields, errors } = this.parts;
    const { cache, slab } = at;
    const most = Math.floor(this.slabBytes(slab) / cache.size);
    const objects = fields.objects(slab);
    if (objects !== most) {
      errors.slab(at, `Wrong number of objects. Found ${objects} but should be ${most}`);
      fields.setCounters(slab, fields.inUse(slab), most, fields.isFrozen(slab));
      errors.fix(cache, "Number of objects adjusted");
    }
    const [inUse, counted] = [fields.inUse(slab), most - free];
    if (inUse === counted) return;
    errors.slab(at, `Wrong object count. Counter is ${inUse} but counted were ${counted}`);
    fields.setCounters(slab, counted, most, fields.isFrozen(slab));
    errors.fix(cache, "Object count adjusted");
  }
}

/** The part of some bytes, from the first to after the last one that does not have a value; undefined if all have. */
function differing(
  { u8 }: PhysicalMemory,
  from: number,
  to: number,
  value: number,
): { start: number; end: number } | undefined {
  let start = from;
  while (start < to && u8[start] === value) start++;
  if (start === to) return undefined;
  let end = to;
  while (u8[end - 1] === value) end--;
  return { start, end };
}
