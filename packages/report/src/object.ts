import { atLeast, DEFAULT_VERSION, formatAddress, type KernelVersion } from "@kasan/shadow";
import { LEVEL, lines, type ReportLine } from "./line.ts";

/** A slab object and what was allocated of it. */
export interface SlabObject {
  /** First address of the object. */
  readonly address: bigint;
  /** The cache that it belongs to: `kmalloc-128`. */
  readonly cache: string;
  /** Bytes in every object of that cache. */
  readonly objectSize: number;
  /** Bytes that were asked for; the object's size if that is no longer known. */
  readonly allocSize: number;
  /** What the kernel calls the region; see {@link regionState}. */
  readonly state?: "allocated" | "freed";
}

/** Where an address lies, seen from a region. */
export interface Side {
  /** `left`: before the region. `right`: at its end or after. */
  readonly side: "left" | "inside" | "right";
  /** Bytes: from the start if inside, to the start if left, from the end if right. */
  readonly distance: bigint;
}

/** Where `address` lies, seen from the `size` bytes (0 or more) at `start`. */
export function sideOf(address: bigint, start: bigint, size: number | bigint): Side {
  const end = start + BigInt(size);
  if (address < start) return { side: "left", distance: start - address };
  if (address >= end) return { side: "right", distance: address - end };
  return { side: "inside", distance: address - start };
}

/**
 * What 6.12 calls the object's region, in generic mode: it goes by the name of the bug, and so is silent in reports of bad
 * frees. Tag-based modes never say (`describe_object_addr` in `mm/kasan/report.c`).
 */
export function regionState(bugType: string): SlabObject["state"] {
  if (bugType === "slab-out-of-bounds") return "allocated";
  return bugType === "slab-use-after-free" ? "freed" : undefined;
}

const SIDES = { left: "to the left", inside: "inside", right: "to the right" } as const;

/** The lines about the object, without the blank line after them. `address` is the accessed one, untagged. */
export function renderObject(
  object: SlabObject,
  address: bigint,
  version: KernelVersion = DEFAULT_VERSION,
): ReportLine[] {
  if (!atLeast(version, 4, 12)) {
    const where = `Object at ${formatAddress(object.address)}, in cache ${object.cache} size: ${object.objectSize}`;
    return lines(LEVEL.ERR, where, `Object allocated with size ${object.allocSize} bytes.`);
  }
  const { side, distance } = sideOf(address, object.address, object.allocSize);
  const [start, end] = [object.address, object.address + BigInt(object.allocSize)].map(formatAddress);
  const state = object.state === undefined || !atLeast(version, 6, 4) ? "" : `${object.state} `;
  return lines(
    LEVEL.ERR,
    `The buggy address belongs to the object at ${start}`,
    ` which belongs to the cache ${object.cache} of size ${object.objectSize}`,
    // The kernel prints the distance as an int.
    `The buggy address is located ${BigInt.asIntN(32, distance)} bytes ${SIDES[side]} of`,
    ` ${state}${object.allocSize}-byte region [${start}, ${end})`,
  );
}
