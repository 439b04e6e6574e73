import {
  atLeast,
  type BugType,
  bugTraits,
  DEFAULT_VERSION,
  formatAddress,
  KASAN_TAG_INVALID,
  type KernelVersion,
  spellAddress,
} from "@kasan/shadow";
import { type Extent, extentOf, placeOf } from "../facts/extent.ts";
import { checkAccess, isRaced, type ShadowContext, shadowAt } from "../facts/shadow.ts";
import { addressJson, compact, type HexJson } from "../json-parts.ts";
import { ADDRESS, COUNT, described, oneOf, record, TEXT } from "../json-schema.ts";
import { BLANK, LEVEL, lines, type ReportLine } from "../line.ts";
import { hexToBigint } from "../parse/values.ts";
import { plural } from "../words.ts";
import { type AccessFields, accessSize, harmOf, untaggedAddress } from "./access.ts";
import type { LineRole, Section } from "./section.ts";
import type { TrackFields } from "./tracks.ts";
import type { VmallocFields } from "./vmalloc.ts";

/** A slab object and the part of it that was allocated. */
export interface SlabObject {
  /** First address of the object. */
  readonly address: bigint;
  /** The cache that it belongs to: `kmalloc-128`. Absent if the log lost it. */
  readonly cache?: string;
  /** Bytes in every object of that cache. Without it the object is not printed. */
  readonly objectSize?: number;
  /** Bytes that were asked for; the object's size if that is no longer known. */
  readonly allocSize?: number;
  /** The word before the region's size; see {@link regionState}. */
  readonly state?: "allocated" | "freed" | undefined;
}

/** The bytes that were asked for, as the log describes them. Side and distance are those of the log. */
export interface Region {
  /** First address. */
  readonly start: bigint;
  /** The address after it. */
  readonly end: bigint;
  /** Bytes, as the log says. */
  readonly size: number;
  /** The side on which the accessed address lies. */
  readonly side?: Side["side"];
  /** Bytes: from the start, or from the end if right. */
  readonly distance?: number;
  /** The word before the size. */
  readonly state?: "allocated" | "freed" | undefined;
}

/** The object around the address. */
export interface ObjectFields {
  /** The slab object nearest to the address. */
  readonly object?: SlabObject;
  /** The allocated part of it, as read from a log. Printing computes it from the object and the access instead. */
  readonly region?: Region;
}

/** The object, and what explaining it takes. */
type ObjectReport = ObjectFields & TrackFields & AccessFields & VmallocFields & ShadowContext;

/** A slab object in JSON. */
export interface ObjectJson {
  /** Its first address. */
  address: HexJson;
  /** Its cache; absent if the log lost it. */
  cache?: string;
  /** Bytes in every object of that cache. */
  size?: number;
  /** Bytes that were asked for. */
  allocSize?: number;
}

/** The bytes that were asked for, and the position of the address relative to them. */
export interface RegionJson {
  /** First address. */
  start: HexJson;
  /** The address after it. */
  end: HexJson;
  /** Bytes. */
  size: number;
  /** Before, inside or after. */
  side?: Side["side"];
  /** Bytes: from the start, or from the end if right. */
  distance?: number;
  /** The word before the size. */
  state?: "allocated" | "freed";
}

/** The object around the address, in JSON. */
export interface ObjectFieldsJson {
  /** The slab object. */
  object?: ObjectJson;
  /** The allocated part of it, and the position of the address. */
  region?: RegionJson;
}

/** The position of an address relative to a region. */
export interface Side {
  /** `left`: before the region. `right`: at its end or after. */
  readonly side: "left" | "inside" | "right";
  /** Bytes: from the start if inside, to the start if left, from the end if right. */
  readonly distance: bigint;
}

const SIDES = { left: "to the left", inside: "inside", right: "to the right" } as const;
const SIDE_OF_WORDS = new Map(Object.entries(SIDES).map(([side, words]) => [words, side as Side["side"]]));

const OBJECT = /^The buggy address belongs to the object at (?:0x)?([0-9a-f]{8,16})/;
const CACHE = /^which belongs to the (?:cache|.* cache) (\S+) of size (\d+)/;
const LOCATED = /^The buggy address is located (-?\d+) bytes (inside|to the left|to the right) of/;
const REGION = /^(?:(allocated|freed) )?(\d+)-byte region \[(?:0x)?([0-9a-f]{8,16}), (?:0x)?([0-9a-f]{8,16})\)/;
/** Before 4.12. */
const OLD_OBJECT = /^Object at (?:0x)?([0-9a-f]{8,16}), in cache (\S+)(?: size: (\d+))?/;
const OLD_SIZE = /^Object (?:freed, )?allocated with size (\d+)/;

/** The slab object, and the position of the address in it. */
export const object: Section<ObjectReport> = {
  name: "object",
  part: "address",

  read({ draft, frames }) {
    let located: Pick<Region, "side" | "distance"> | undefined;

    function readAddress(text: string): LineRole | undefined {
      if (!text.startsWith("The buggy address")) return undefined;
      // The stacks end here, whichever section reads the line.
      frames.end();
      const at = OBJECT.exec(text);
      if (at !== null) {
        draft.object ??= { address: hexToBigint(at[1]!) };
        readOn(text, at);
        return "object";
      }
      const match = LOCATED.exec(text);
      if (match === null) return undefined;
      located = { distance: Number(match[1]), side: SIDE_OF_WORDS.get(match[2] as (typeof SIDES)[Side["side"]])! };
      readOn(text, match);
      return "region";
    }

    function readCache(text: string): LineRole | undefined {
      const match = CACHE.exec(text);
      if (match === null) return undefined;
      if (draft.object) draft.object = { ...draft.object, cache: match[1]!, objectSize: Number(match[2]) };
      readOn(text, match);
      return "object";
    }

    /** Loggers that know no line feeds make one line of a message that has several. */
    function readOn(text: string, [{ length }]: RegExpExecArray): void {
      const rest = text.slice(length).trimStart();
      if (rest !== "") readAddress(rest) ?? readCache(rest) ?? readRegion(rest);
    }

    function readRegion(text: string): LineRole | undefined {
      const match = REGION.exec(text);
      if (match === null) return undefined;
      const [, state, size, start, end] = match;
      const said = state === undefined ? {} : { state: state as "allocated" | "freed" };
      draft.region = { start: hexToBigint(start!), end: hexToBigint(end!), size: Number(size), ...located, ...said };
      if (draft.object) draft.object = { ...draft.object, allocSize: Number(size), ...said };
      return "region";
    }

    return {
      lines: {
        T: readAddress,
        w: readCache,
        "0123456789af": readRegion,
        O(text) {
          const match = OLD_OBJECT.exec(text);
          if (match !== null) {
            const [, address, cache, size] = match;
            const objectSize = size === undefined ? {} : { objectSize: Number(size) };
            draft.object ??= { address: hexToBigint(address!), cache: cache!, ...objectSize };
            return "object";
          }
          const bytes = OLD_SIZE.exec(text)?.[1];
          if (bytes === undefined) return undefined;
          if (draft.object) draft.object = { ...draft.object, allocSize: Number(bytes) };
          return "object";
        },
      },
    };
  },

  print({ object: found, region, access }, { version }) {
    if (!isWhole(found) || access === undefined) return [];
    const allocSize = found.allocSize ?? region?.size ?? found.objectSize;
    const texts = renderObject({ ...found, allocSize }, untaggedAddress(access), version);
    return atLeast(version, 4, 12) ? [...texts, BLANK] : texts;
  },

  json({ object: found, region, access }, to): ObjectFieldsJson {
    if (to.for === "explain") {
      return {
        object: found && objectJson(found),
        region:
          region && compact<RegionJson>({ ...region, start: addressJson(region.start), end: addressJson(region.end) }),
      };
    }
    if (!isWhole(found) || access === undefined) return {};
    const whole = { ...found, allocSize: found.allocSize ?? region?.size ?? found.objectSize };
    return { object: objectJson(whole), region: regionJson(whole, untaggedAddress(access)) };
  },

  schema(use) {
    const object = { address: ADDRESS, cache: TEXT, size: COUNT, allocSize: COUNT };
    const region = {
      start: ADDRESS,
      end: ADDRESS,
      size: COUNT,
      side: oneOf("left", "inside", "right"),
      distance: COUNT,
      state: oneOf("allocated", "freed"),
    };
    const known = (always: readonly string[], ...ofMachines: readonly string[]) =>
      use === "run" ? [...always, ...ofMachines] : always;
    return {
      object: described(
        "The slab object: the cache's object size, and the bytes asked for.",
        record(object, known(["address"], "cache", "size", "allocSize")),
      ),
      region: described(
        "The bytes asked for, and where the address lies seen from them: bytes from the start, or from the end if right.",
        record(region, known(["start", "end", "size"], "side", "distance")),
      ),
    };
  },

  why(report) {
    const { region, object: found, bugType, freed, access } = report;
    const extent = extentOf(report);
    if (extent === undefined || access === undefined || isRaced(report)) return undefined;
    if (region?.side === "inside" && bugTraits(bugType).family === "tags") {
      const isFree = freed !== undefined && access.memoryTag === KASAN_TAG_INVALID;
      const fate = isFree ? "maybe it was freed since" : "maybe it is another object's now, or was freed";
      return `That is inside of ${region.size} bytes${ofCache(found)} whose tag is not the pointer's: ${fate}`;
    }
    return `That is ${placeInObject(report, extent)}${harmOf(report)}`;
  },

  unknown(report) {
    const { object: found, region, allocated, freed, bugType, memory, vmalloc } = report;
    const { fault, family } = bugTraits(bugType);
    const used = fault === "use-after-free";
    const unknown: string[] = [];
    if (used && found && memory?.granule !== 16) {
      unknown.push(
        "Whether older uses of the freed object went unnoticed: KASAN keeps freed objects aside for a while only, and then they are used anew.",
      );
    }
    if (found && allocated?.stack === undefined)
      unknown.push("Who allocated the object: the log has no stack of that.");
    if (found && freed?.stack === undefined && used)
      unknown.push("Who freed the object: the log has no stack of that.");
    if (region?.distance !== undefined && region.side !== "inside" && region.distance > Math.max(64, region.size)) {
      unknown.push(
        "Whether the pointer belongs to this object at all: it is the nearest one, but the access is far from it.",
      );
    }
    if (!found && (fault === "no-memory" || (family === "vmalloc" && vmalloc === undefined))) {
      unknown.push("Where the pointer came from: the report has no record of an allocation.");
    }
    return unknown;
  },
};

/** Whether everything is known that an object is printed with. */
function isWhole(found: SlabObject | undefined): found is SlabObject & { objectSize: number; cache: string } {
  return found?.objectSize !== undefined && found.cache !== undefined;
}

/** The lines about the object, without the blank line after them. `address` is the accessed one, untagged. */
export function renderObject(
  { address: first, cache, objectSize = 0, allocSize = objectSize, state }: SlabObject,
  address: bigint,
  version: KernelVersion = DEFAULT_VERSION,
): ReportLine[] {
  if (!atLeast(version, 4, 12)) {
    const where = `Object at ${formatAddress(first)}, in cache ${cache} size: ${objectSize}`;
    return lines(LEVEL.ERR, where, `Object allocated with size ${allocSize} bytes.`);
  }
  const { side, distance } = sideOf(address, first, allocSize);
  const [start, end] = [first, first + BigInt(allocSize)].map((at) => formatAddress(at));
  const called = state === undefined || !atLeast(version, 6, 4) ? "" : `${state} `;
  return lines(
    LEVEL.ERR,
    `The buggy address belongs to the object at ${start}`,
    ` which belongs to the cache ${cache} of size ${objectSize}`,
    // The kernel prints the distance as an int.
    `The buggy address is located ${BigInt.asIntN(32, distance)} bytes ${SIDES[side]} of`,
    ` ${called}${allocSize}-byte region [${start}, ${end})`,
  );
}

/** The position of `address` relative to the `size` bytes (0 or more) at `start`. */
export function sideOf(address: bigint, start: bigint, size: number | bigint): Side {
  const end = start + BigInt(size);
  if (address < start) return { side: "left", distance: start - address };
  if (address >= end) return { side: "right", distance: address - end };
  return { side: "inside", distance: address - start };
}

/**
 * The word that 6.12 puts before the size of the object's region, in generic mode. It depends on the name of the bug, so reports
 * of bad frees have none. Tag-based modes never print one (`describe_object_addr` in `mm/kasan/report.c`).
 */
export function regionState(bugType: BugType): SlabObject["state"] {
  return bugTraits(bugType).region;
}

function objectJson({ address, cache, objectSize, allocSize }: SlabObject): ObjectJson {
  return compact<ObjectJson>({ address: addressJson(address), cache, size: objectSize, allocSize });
}

function regionJson({ address: start, allocSize: size = 0, state }: SlabObject, address: bigint): RegionJson {
  const { side, distance } = sideOf(address, start, size);
  const end = addressJson(start + BigInt(size));
  return compact<RegionJson>({ start: addressJson(start), end, size, side, distance: Number(distance), state });
}

/** ` from the cache kmalloc-128`, if the cache is known. */
export function ofCache(found: SlabObject | undefined): string {
  return found?.cache ? ` from the cache ${found.cache}` : "";
}

/** The place of the access relative to the bytes that were asked for, if they are known, or else to the whole object. */
function placeInObject(report: ObjectReport, { start, slot, asked, source, empty }: Extent): string {
  const { object: found } = report;
  const cache = found?.cache ? ` of the cache ${found.cache}` : "";
  if (asked !== undefined) {
    const end = start + BigInt(asked);
    const isWhole = slot === undefined || slot === asked;
    const name = `the ${plural(asked, "byte")} that ${asked === 1 ? "was" : "were"} asked for${isWhole ? ofCache(found) : ""}`;
    const whole = isWhole ? "" : ` (an object${cache} has ${slot})`;
    return `${placeOf(report, { start, end, name })}${whole}${source === "shadow" ? ", as the shadow shows" : ""}`;
  }
  if (slot === undefined) return `next to the object at ${spellAddress(start, report.addressBits)}${ofCache(found)}`;
  const end = start + BigInt(slot);
  const address = untaggedAddress(report.access!);
  const last = address + (accessSize(report) ?? 1n);
  const place = placeOf(report, { start, end, name: `the ${slot} bytes of an object${cache}` });
  if (address < start || last > end) return place;
  if (empty) return `${place}, none of which may be used, as the shadow shows`;
  const tagged = report.memory?.granule === 16 || report.access?.pointerTag !== undefined;
  if (tagged || bugTraits(report.bugType).fault !== "out-of-bounds") return place;
  const now = shadowAt(report, checkAccess(report)!.firstBad);
  if (now?.state === "freed") return `${place}, where the shadow says by now: ${now.meaning}`;
  return `${place}, but in bytes of it that nobody asked for, as KASAN's name of the bug says`;
}
