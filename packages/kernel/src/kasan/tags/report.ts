import {
  bugType,
  KASAN_VMALLOC_INVALID,
  type KasanMode,
  parseVersion,
  resetTag,
  taggedAllocSize,
  tagOf,
} from "@kasan/shadow";
import type { Incident } from "../incident.ts";
import type { ModeMachine } from "../modes/machine.ts";
import type { Circumstances, Finding, FoundObject, ModeReport, ObjectPart } from "../modes/mode.ts";
import { trackOf } from "../report/track.ts";
import type { ObjectHistory, StackRing } from "./stack-ring.ts";
import { TAG_GRANULE } from "./tags.ts";

/** The inputs for the reports of a tag-based mode. */
export interface TagReportParts {
  /** Which of the two modes. */
  readonly mode: KasanMode;
  /** History of objects. */
  readonly ring: StackRing;
  /** The tag of an address; -1 if it has none. */
  readonly byteAt: (address: bigint) => number;
  /** Whether an address has a tag. */
  readonly hasMetadata: (address: bigint) => boolean;
  /** The first bad address of an access. */
  readonly firstBad: (incident: Incident) => bigint;
}

/** The tag-based modes' part of reports (mm/kasan/report_tags.c): the last event of an object determines the bug's name. */
export class TagReport implements ModeReport {
  readonly granule = TAG_GRANULE;
  private readonly machine: ModeMachine;
  private readonly parts: TagReportParts;

  constructor(machine: ModeMachine, parts: TagReportParts) {
    this.machine = machine;
    this.parts = parts;
  }

  firstBad(incident: Incident): bigint {
    return this.parts.firstBad(incident);
  }

  examine({ address, size, freeBug }: Incident, { object }: Circumstances): Finding {
    const { mode, ring } = this.parts;
    const history = object ? ring.find(object.start, tagOf(address), object.cache.objectSize) : {};
    const version = parseVersion(this.machine.options.version);
    const { last: lastEvent } = history;
    const named = bugType({ mode, address, size, version, ...(lastEvent && { lastEvent }) });
    return { bugType: freeBug ?? named, describe: (found) => this.describe(found, history) };
  }

  private describe({ cache, start }: FoundObject, { allocated, freed }: ObjectHistory): ObjectPart {
    const { machine } = this;
    const address = machine.directMap.virtual(start);
    const tags = Uint8Array.from({ length: Math.ceil(cache.objectSize / TAG_GRANULE) }, (_, i) =>
      Math.max(0, this.parts.byteAt(address + BigInt(TAG_GRANULE * i))),
    );
    return {
      object: {
        address,
        cache: cache.name,
        objectSize: cache.objectSize,
        allocSize: taggedAllocSize(tags, 0, cache.objectSize) || cache.objectSize,
      },
      ...(allocated && { allocated: trackOf(machine, allocated) }),
      ...(freed && { freed: trackOf(machine, freed) }),
    };
  }

  tags({ address }: Incident, first: bigint): { readonly pointerTag: number; readonly memoryTag?: number } {
    const pointerTag = tagOf(address);
    if (!this.parts.hasMetadata(first)) return { pointerTag };
    const byte = this.parts.byteAt(first);
    return { pointerTag, memoryTag: byte < 0 ? KASAN_VMALLOC_INVALID : byte };
  }

  frame(): undefined {
    return undefined;
  }
}

/** The start of an access, advanced by whole granules to the first with a different tag (report_sw_tags.c). */
export function firstMismatch({ address, size }: Incident, byteAt: (address: bigint) => number): bigint {
  const start = resetTag(address);
  const tag = tagOf(address);
  let at = start;
  while (at < start + size && byteAt(at) === tag) at += BigInt(TAG_GRANULE);
  return at;
}
