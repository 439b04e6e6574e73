import {
  type KasanReport,
  memoryStateAround,
  PAGE_TYPES,
  type PageDump,
  regionState,
  type SlabObject,
  type StackFrame,
  type StackLocation,
  type Track,
  type VmallocRegion,
} from "@kasan/report";
import {
  ACCESS_BAD,
  bugType,
  createFound,
  hasShadow,
  KASAN_SLAB_FREE_META,
  KASAN_VMALLOC_INVALID,
  offsetOf,
  PAGE_SIZE,
  parseVersion,
  resetTag,
  shadowView,
  taggedAllocSize,
  tagOf,
  vpnOf,
  withTag,
} from "@kasan/shadow";
import { AreaFlag } from "@kasan/vmalloc";
import type { Machine } from "../boot/machine.ts";
import { addressOfWord } from "../log/call-stacks.ts";
import { type KmemCache, NO_FREE_META } from "../mm/slab/cache.ts";
import { checkRange } from "./generic/check-range.ts";
import { FREE_TRACK } from "./generic/slab-hooks.ts";
import { findStackFrame } from "./generic/stack-frame.ts";
import type { Incident } from "./kasan.ts";
import type { ObjectHistory } from "./tags/stack-ring.ts";
import { readTrack, TRACK_BYTES, type TrackData } from "./track.ts";

/** A code or data address as a report shows it. */
export function frameOf(machine: Machine, address: bigint): StackFrame {
  const place = machine.symbols.find(address);
  if (!place) return { address, reliable: true };
  const { name, offset, size, module } = place;
  return { address, symbol: name, offset, size, ...(module !== undefined && { module }), reliable: true };
}

/** Call-stack words as frames, innermost first. */
export function framesOf(machine: Machine, words: Iterable<number>): StackFrame[] {
  return Array.from(words, (word) => frameOf(machine, addressOfWord(machine.architecture, word)));
}

/**
 * Fills in a report (mm/kasan/report.c): what was tried and from where; the first bad address; the slab object, if
 * there is one, with its tracks; then, by region, variable, stack frame, vmalloc area and page; the shadow around it.
 */
export function buildReport(machine: Machine, incident: Incident): KasanReport {
  const { cpu, symbols, stacks, tasks, oops } = machine;
  const checking = [...machine.words.dumpStack, "print_report", ...incident.via];
  const trace = stacks.words(cpu, symbols.returnWords(...checking, ...(incident.by ?? [])));
  const address = machine.tags ? resetTag(incident.address) : incident.address;
  const first = firstBad(machine, incident);
  const object = slabObject(machine, address);
  const history = object && historyOf(machine, object, incident.address);
  const onStack = address >= cpu.stackLow && address < cpu.stackHigh;
  const type =
    incident.freeBug ?? (machine.tags ? nameTagBug(incident, history) : nameBug(machine, incident, first, onStack));
  const base: KasanReport = {
    bugType: type,
    function: frameOf(
      machine,
      addressOfWord(machine.architecture, trace[checking.length + (incident.inside ?? 0)] ?? 0),
    ),
    access: {
      kind: incident.kind,
      address: incident.address,
      ...(incident.size !== 0n && { size: incident.size }),
      ...(machine.tags && { pointerTag: tagOf(incident.address) }),
      ...(machine.tags && hasMetadata(machine, first) && { memoryTag: knownShadow(machine, first) }),
    },
    task: tasks.current(cpu),
    version: parseVersion(machine.options.version),
    machine: { cpu: cpu.id, taint: oops.taints, release: machine.options.version, build: "#1" },
    callTrace: framesOf(machine, trace),
  };
  if (!hasMetadata(machine, address)) return base;
  return {
    ...base,
    ...(object && (history ? describeTagged(machine, object, history) : describeObject(machine, object, type))),
    ...(symbols.covers(address) && { variable: frameOf(machine, address) }),
    ...(onStack && { stack: stackLocation(machine, address) }),
    ...vmallocRegion(machine, address),
    ...physicalPage(machine, address),
    firstBad: first,
    ...((machine.kasan?.shadowByte(first) ?? -1) >= 0 && {
      memory: memoryStateAround(first, machine.tags ? 16 : 8, (at) => Math.max(0, machine.kasan?.shadowByte(at) ?? 0)),
    }),
  };
}

/** What the kernel says of an access that is past (kasan_report_async): `noticed` are its functions that noticed. */
export function buildAsynchronousReport(machine: Machine, noticed: readonly string[]): KasanReport {
  const { cpu, symbols, stacks, tasks, oops, options } = machine;
  const path = symbols.returnWords(...machine.words.dumpStack, ...noticed);
  const callTrace = framesOf(machine, stacks.words(cpu, path));
  return {
    bugType: "invalid-access",
    asynchronous: true,
    function: callTrace[path.length] ?? callTrace[callTrace.length - 1],
    access: { kind: "Write", address: 0n },
    task: tasks.current(cpu),
    version: parseVersion(options.version),
    machine: { cpu: cpu.id, taint: oops.taints, release: options.version, build: "#1" },
    callTrace,
  };
}

const hasMetadata = ({ kasan }: Machine, address: bigint): boolean => kasan?.hasMetadata(address) ?? false;

function firstBad(machine: Machine, { kind, address, size }: Incident): bigint {
  const untagged = machine.tags ? resetTag(address) : address;
  if (kind === "Free" || machine.mte || !hasShadow(machine.shadow, untagged)) return untagged;
  const found = createFound();
  if (machine.tags) return firstMismatch(machine, address, size);
  const pages = { view: shadowView(machine.ram.u8), indexOf: (vpn: number) => lookupByte(machine, vpn) };
  const result = checkRange(
    machine.space,
    machine.shadow,
    pages,
    vpnOf(address),
    offsetOf(address),
    Number(size),
    found,
  );
  return result === ACCESS_BAD && found.shadow >= 0 ? (BigInt(found.vpn) << 12n) + BigInt(found.offset) : address;
}

/** The first address of an access, plus whole granules up to the first whose tag is another (report_sw_tags.c). */
function firstMismatch(machine: Machine, pointer: bigint, size: bigint): bigint {
  const start = resetTag(pointer);
  const tag = tagOf(pointer);
  let at = start;
  while (at < start + size && machine.kasan?.shadowByte(at) === tag) at += BigInt(machine.shadow.granule);
  return at;
}

/** What the stack ring knows of an object that a pointer led to; undefined but in the tag-based modes. */
function historyOf({ slab }: Machine, { cache, start }: FoundObject, pointer: bigint): ObjectHistory | undefined {
  return slab.ring?.find(start, tagOf(pointer), cache.objectSize);
}

/** What the tag-based modes call a bad access (mm/kasan/report_tags.c): what happened to the object last tells. */
function nameTagBug({ address, size }: Incident, history: ObjectHistory | undefined): string {
  if (history?.last) return history.last === "freed" ? "slab-use-after-free" : "slab-out-of-bounds";
  return address + size >= 2n ** 64n ? "out-of-bounds" : "invalid-access";
}

/** Index of a mapped page's first byte, found without filling a TLB. */
function lookupByte(machine: Machine, vpn: number): number {
  const pfn = machine.space.lookup(vpn);
  return pfn < 0 ? -1 : pfn * PAGE_SIZE;
}

function nameBug(machine: Machine, { address, size }: Incident, first: bigint, onStack: boolean): string {
  const known = hasShadow(machine.shadow, address);
  return bugType({
    address,
    size,
    version: parseVersion(machine.options.version),
    ...(known && { shadow: knownShadow(machine, first), nextShadow: machine.kasan?.shadowByte(first + 8n) }),
    onStack,
    taskSize: machine.architecture.layout.taskSizeMax,
  });
}

/** The shadow byte of an address. What has none mapped is vmalloc space that no area uses. */
function knownShadow(machine: Machine, address: bigint): number {
  const byte = machine.kasan?.shadowByte(address) ?? -1;
  return byte < 0 ? KASAN_VMALLOC_INVALID : byte;
}

interface FoundObject {
  readonly cache: KmemCache;
  /** Physical address of the object's start. */
  readonly start: number;
}

function slabObject(machine: Machine, address: bigint): FoundObject | undefined {
  const physical = machine.physical(Number(address & 0xffffffffn), Number(address >> 32n));
  if (physical < 0) return undefined;
  const { allocator } = machine.slab;
  const slab = allocator.slabOf(physical);
  if (slab < 0) return undefined;
  const cache = allocator.cacheOf(slab);
  return { cache, start: allocator.nearestObject(cache, slab, physical) };
}

type ObjectPart = Pick<KasanReport, "object" | "allocated" | "freed" | "aux">;

function describeObject(machine: Machine, { cache, start }: FoundObject, type: string): ObjectPart {
  const freed =
    cache.freeMeta !== NO_FREE_META && machine.kasan?.shadowByte(machine.virtual(start)) === KASAN_SLAB_FREE_META;
  const allocated = cache.allocMeta === 0 ? undefined : track(machine, start + cache.allocMeta);
  const freedBy = freed ? track(machine, start + cache.freeMeta + FREE_TRACK) : undefined;
  const auxiliary = cache.allocMeta === 0 ? [] : auxStacks(machine, start + cache.allocMeta + TRACK_BYTES);
  const state = regionState(type);
  const object: SlabObject = {
    address: machine.virtual(start),
    cache: cache.name,
    objectSize: cache.objectSize,
    allocSize: allocatedSize(machine, start, cache.objectSize) || cache.objectSize,
    ...(state && { state }),
  };
  return {
    object,
    ...(allocated?.stack && { allocated }),
    ...(freedBy?.stack && { freed: freedBy }),
    ...(auxiliary.length > 0 && { aux: auxiliary }),
  };
}

/**
 * Bytes that were asked for, as the shadow tells (kasan_get_alloc_size): whole granules, then a partial one. A freed
 * object's shadow tells nothing but its cache's size.
 */
function allocatedSize(machine: Machine, start: number, objectSize: number): number {
  let size = 0;
  while (size < objectSize) {
    const byte = machine.kasan?.shadowByte(machine.virtual(start + size)) ?? -1;
    if (byte === 0) size += 8;
    else return byte > 0 && byte < 8 ? size + byte : size;
  }
  return objectSize;
}

/** An object in the tag-based modes, which keep nothing with it. */
function describeTagged(machine: Machine, { cache, start }: FoundObject, history: ObjectHistory): ObjectPart {
  const address = machine.virtual(start);
  const tags = Uint8Array.from({ length: Math.ceil(cache.objectSize / 16) }, (_, i) =>
    Math.max(0, machine.kasan?.shadowByte(address + BigInt(16 * i)) ?? 0),
  );
  return {
    object: {
      address,
      cache: cache.name,
      objectSize: cache.objectSize,
      allocSize: taggedAllocSize(tags, 0, cache.objectSize) || cache.objectSize,
    },
    ...(history.allocated && { allocated: trackOf(machine, history.allocated) }),
    ...(history.freed && { freed: trackOf(machine, history.freed) }),
  };
}

const track = (machine: Machine, at: number): Track => trackOf(machine, readTrack(machine.ram, at));

function trackOf(machine: Machine, { pid, stack, cpu, time }: TrackData): Track {
  const words = machine.depot.fetch(stack);
  if (words.length === 0) return { pid, cpu, timestamp: time / 1000 };
  return { pid, cpu, timestamp: Math.floor(time / 1000), stack: framesOf(machine, words) };
}

function auxStacks(machine: Machine, at: number): StackFrame[][] {
  const handles = [machine.ram.u32[at >>> 2], machine.ram.u32[(at >>> 2) + 1]];
  const stacks = handles.map((handle) => framesOf(machine, machine.depot.fetch(handle)));
  return stacks.filter((stack) => stack.length > 0);
}

function stackLocation(machine: Machine, address: bigint): StackLocation {
  const task = machine.tasks.current(machine.cpu);
  if (machine.tags) return { task };
  const frame = findStackFrame(machine, address, machine.cpu.stackLow);
  if (!frame) return { task };
  return {
    task,
    frame: {
      offset: Number(address - frame.start),
      function: frameOf(machine, frame.function),
      objects: frame.objects,
    },
  };
}

function vmallocRegion(machine: Machine, address: bigint): { vmalloc?: VmallocRegion | "virtual mapping" } {
  const { vmallocStart, vmallocEnd } = machine.architecture.layout;
  if (address < vmallocStart || address > vmallocEnd) return {};
  const area = machine.vmalloc.find(machine.kernelPages.pageOf(address));
  // What vm_map_ram maps has no `vm_struct` (vmalloc_dump_obj).
  if (!area || area.flags & AreaFlag.RAM) return { vmalloc: "virtual mapping" };
  const first = machine.kernelPages.addressOf(area.vpn);
  const start = machine.tags ? withTag(first, machine.kasan?.shadowByte(first) ?? 0xff) : first;
  return {
    vmalloc: { pages: area.backed, start, caller: frameOf(machine, addressOfWord(machine.architecture, area.caller)) },
  };
}

function physicalPage(machine: Machine, address: bigint): { page?: PageDump } {
  const { vmallocStart, vmallocEnd } = machine.architecture.layout;
  let pfn = Math.floor(machine.physical(Number(address & 0xffffffffn), Number(address >> 32n)) / machine.pageSize);
  const isVmalloc = address >= vmallocStart && address <= vmallocEnd;
  // The kernel dumps the head of the page that a direct-map address lies in, and the very page of a vmalloc address.
  if (isVmalloc) pfn = machine.kernelPages.lookup(machine.kernelPages.pageOf(address));
  if (pfn < 0) return {};
  return { page: dumpPage(machine, isVmalloc ? pfn : machine.pages.head(pfn)) };
}

/** A page's descriptor as data. */
function dumpPage(machine: Machine, pfn: number): PageDump {
  const { pages } = machine;
  const head = pages.head(pfn);
  const order = pages.order(head);
  const words = (frame: number) => Array.from({ length: 8 }, (_, i) => pages.field(frame, 8 * i));
  const type = Object.values(PAGE_TYPES).find(({ value }) => value === pages.type(head));
  return {
    pfn,
    refcount: pages.references(head),
    mapcount: 0,
    flags: pages.field(head, 0),
    ...(order > 0 && { head: { order }, headRaw: [...words(head), ...words(head + 1)] }),
    ...(type && { pageType: type }),
    raw: words(pfn),
  };
}
