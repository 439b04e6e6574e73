import {
  type FrameSource,
  findStackFrame,
  type KasanReport,
  regionState,
  type SlabObject,
  type StackFrame,
} from "@kasan/report";
import {
  ACCESS_BAD,
  addressOf,
  allocSize,
  bugType,
  createFound,
  hasShadow,
  KASAN_SLAB_FREE_META,
  KASAN_VMALLOC_INVALID,
  offsetOf,
  parseVersion,
  vpnOf,
} from "@kasan/shadow";
import { frameOf, framesOf } from "../../log/frames.ts";
import { NO_FREE_META } from "../../mm/slab/cache.ts";
import type { Incident } from "../incident.ts";
import type { ModeMachine } from "../modes/machine.ts";
import type { Circumstances, Finding, FoundFrame, FoundObject, ModeReport, ObjectPart } from "../modes/mode.ts";
import { trackAt } from "../report/track.ts";
import { GRANULE } from "../shadow/direct-map.ts";
import type { KernelShadow } from "../shadow/kernel-shadow.ts";
import { TRACK_BYTES } from "../track.ts";
import { checkRange } from "./check-range.ts";
import { FREE_TRACK } from "./slab-hooks.ts";

/** Generic mode's part of reports (mm/kasan/report_generic.c). */
export class GenericReport implements ModeReport {
  readonly granule = GRANULE;
  private readonly machine: ModeMachine;
  private readonly shadow: KernelShadow;

  constructor(machine: ModeMachine, shadow: KernelShadow) {
    this.machine = machine;
    this.shadow = shadow;
  }

  firstBad({ kind, address, size }: Incident): bigint {
    const { layout, lookedUp } = this.shadow;
    if (kind === "Free" || !hasShadow(layout, address)) return address;
    const found = createFound();
    const { space } = this.machine;
    const result = checkRange(space, layout, lookedUp, vpnOf(address), offsetOf(address), Number(size), found);
    return result === ACCESS_BAD && found.shadow >= 0 ? addressOf(found.vpn, found.offset) : address;
  }

  examine(incident: Incident, { first, onStack }: Circumstances): Finding {
    const type = incident.freeBug ?? this.nameBug(incident, first, onStack);
    return { bugType: type, describe: (object) => this.describe(object, type) };
  }

  private nameBug({ address, size }: Incident, first: bigint, onStack: boolean): string {
    const { machine, shadow } = this;
    return bugType({
      address,
      size,
      version: parseVersion(machine.options.version),
      ...(hasShadow(shadow.layout, address) && {
        shadow: this.knownByte(first),
        nextShadow: shadow.byteAt(first + 8n),
      }),
      onStack,
      taskSize: machine.architecture.layout.taskSizeMax,
    });
  }

  /** The shadow byte of an address. Unmapped shadow is that of unused vmalloc space. */
  private knownByte(address: bigint): number {
    const byte = this.shadow.byteAt(address);
    return byte < 0 ? KASAN_VMALLOC_INVALID : byte;
  }

  private describe({ cache, start }: FoundObject, type: string): ObjectPart {
    const { machine } = this;
    const address = machine.directMap.virtual(start);
    const freed = cache.freeMeta !== NO_FREE_META && this.shadow.byteAt(address) === KASAN_SLAB_FREE_META;
    const allocated = cache.allocMeta === 0 ? undefined : trackAt(machine, start + cache.allocMeta);
    const freedBy = freed ? trackAt(machine, start + cache.freeMeta + FREE_TRACK) : undefined;
    const auxiliary = cache.allocMeta === 0 ? [] : this.auxiliaryStacks(start + cache.allocMeta + TRACK_BYTES);
    const state = regionState(type);
    const object: SlabObject = {
      address,
      cache: cache.name,
      objectSize: cache.objectSize,
      allocSize: this.allocatedSize(address, cache.objectSize) || cache.objectSize,
      ...(state && { state }),
    };
    return {
      object,
      ...(allocated?.stack && { allocated }),
      ...(freedBy?.stack && { freed: freedBy }),
      ...(auxiliary.length > 0 && { aux: auxiliary }),
    };
  }

  /** The requested size, derived from the shadow, which no longer tells it for a freed object. */
  private allocatedSize(address: bigint, objectSize: number): number {
    const bytes = Uint8Array.from({ length: Math.ceil(objectSize / GRANULE) }, (_, i) =>
      this.shadow.byteAt(address + BigInt(i * GRANULE)),
    );
    return allocSize(bytes, 0, objectSize, GRANULE);
  }

  private auxiliaryStacks(at: number): StackFrame[][] {
    const { ram, depot } = this.machine;
    const handles = [ram.u32[at >>> 2], ram.u32[(at >>> 2) + 1]];
    const stacks = handles.map((handle) => framesOf(this.machine, depot.fetch(handle)));
    return stacks.filter((stack) => stack.length > 0);
  }

  tags(): Pick<KasanReport["access"], never> {
    return {};
  }

  frame(address: bigint): FoundFrame | undefined {
    const { guestMemory, symbols, cpu } = this.machine;
    const source: FrameSource = {
      byteAt: (at) => this.shadow.byteAt(at),
      read: (at, count) => guestMemory.read(at, count),
      string: (at, limit) => guestMemory.string(at, limit),
    };
    const frame = findStackFrame(source, address, cpu.stackLow);
    return (
      frame && {
        offset: Number(address - frame.start),
        function: frameOf(symbols, frame.function),
        objects: frame.objects,
      }
    );
  }
}
