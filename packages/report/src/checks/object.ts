import { bugTraits, spellAddress } from "@kasan/shadow";
import type { ParsedReport } from "../parse/parsed.ts";
import { sideOf } from "../sections/object.ts";
import { type Check, type CheckResult, isSince, plainAddress, result } from "./check.ts";

/** Whether the region's ends are as far from each other as its size says. */
export const region: Check = (report) => {
  const { region: place } = report;
  if (place === undefined) return lost(report, "region", "which bytes of the object were asked for");
  const bytes = place.end - place.start;
  if (bytes !== BigInt(place.size)) {
    return result(
      report,
      "region",
      false,
      `the region is called ${place.size} bytes long, but its ends are ${bytes} apart`,
      "region",
    );
  }
  return result(report, "region", true, `the region's ends are ${place.size} bytes apart, as it says`, "region");
};

/** Whether the address lies where the report says it does, seen from the region. */
export const distance: Check = (report) => {
  const { region: place } = report;
  const address = plainAddress(report);
  if (place?.side === undefined || place.distance === undefined || address === undefined) return undefined;
  const actual = sideOf(address, place.start, place.end - place.start);
  // The kernel prints an int.
  const ok = actual.side === place.side && BigInt.asIntN(32, actual.distance) === BigInt(place.distance);
  const said = `${place.distance} bytes ${place.side} of the region`;
  return result(
    report,
    "distance",
    ok,
    ok
      ? `the address is ${said}, as it says`
      : `the address is called ${said}, but is ${actual.distance} bytes ${actual.side}`,
    "region",
  );
};

/** What every report of an object says since 4.12, and this one does not: its lines were lost. */
function lost(report: ParsedReport, id: string, what: string): CheckResult | undefined {
  if (report.object === undefined || !isSince(report, 4, 12)) return undefined;
  return result(report, id, false, `the lines are missing that say ${what}`, "object");
}

/** Whether the region begins with the object, and fits into the cache's objects. */
export const cache: Check = (report) => {
  const { object, region: place } = report;
  if (object?.objectSize === undefined || object.cache === undefined)
    return lost(report, "cache", "the object's cache and its size");
  const named = sizeOfCache(object.cache);
  if (named !== undefined && named !== object.objectSize) {
    return result(
      report,
      "cache",
      false,
      `objects of ${object.cache} have ${named} bytes, not ${object.objectSize}`,
      "object",
    );
  }
  if (place && place.start !== object.address) {
    return result(
      report,
      "cache",
      false,
      `the region begins at ${spellAddress(place.start, report.addressBits)}, the object at ${spellAddress(object.address, report.addressBits)}`,
      "object",
    );
  }
  if (place && place.size > object.objectSize) {
    return result(
      report,
      "cache",
      false,
      `${place.size} bytes do not fit into objects of ${object.objectSize}`,
      "object",
    );
  }
  return result(
    report,
    "cache",
    true,
    `the object fits into the cache ${object.cache} of size ${object.objectSize}`,
    "object",
  );
};

/** The size in the names of kmalloc's caches: `kmalloc-128`, `kmalloc-cg-1k`, `kmalloc-rnd-03-64`, `dma-kmalloc-8k`. */
function sizeOfCache(name: string): number | undefined {
  const match = /^(?:dma-)?kmalloc-(?:[a-z]+-)*(?:\d{2}-)?(\d+)(k|M)?$/.exec(name);
  if (match === null) return undefined;
  return Number(match[1]) * (match[2] === "k" ? 1024 : match[2] === "M" ? 1024 ** 2 : 1);
}

/** Whether a report of a use after a free knows the free, and whether it came after the allocation. */
export const lifetime: Check = (report) => {
  const { allocated, freed, bugType, object } = report;
  const { phase, fault } = bugTraits(bugType);
  if (allocated?.timestamp !== undefined && freed?.timestamp !== undefined && phase !== undefined) {
    const ok = allocated.timestamp <= freed.timestamp;
    return result(
      report,
      "lifetime",
      ok,
      ok
        ? "the object was allocated before it was freed"
        : "the object was freed before it was allocated: the free is that of an earlier life",
      "track",
    );
  }
  if (!object || fault !== "use-after-free" || !isSince(report, 4, 12)) return undefined;
  return freed
    ? result(report, "lifetime", true, "it is known who freed the object", "track")
    : result(
        report,
        "lifetime",
        false,
        "a use after a free, and the free is missing: its record was lost, or its lines were",
        "object",
      );
};
