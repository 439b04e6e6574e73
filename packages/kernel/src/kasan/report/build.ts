import type { AddressSpace } from "@kasan/mmu";
import type { KernelWords } from "@kasan/platform";
import {
  type KasanReport,
  memoryStateAround,
  PAGE_TYPES,
  type PageDump,
  type StackLocation,
  type VmallocRegion,
} from "@kasan/report";
import { parseVersion } from "@kasan/shadow";
import { AreaFlag, type VmallocNodes } from "@kasan/vmalloc";
import type { CallStacks } from "../../log/call-stacks.ts";
import { type FrameParts, frameOf, frameOfWord, framesOf } from "../../log/frames.ts";
import type { Oops } from "../../log/oops.ts";
import type { PointerHash } from "../../log/pointer-hash.ts";
import type { DirectMap } from "../../mm/direct-map.ts";
import type { KernelPages } from "../../mm/kernel-pages.ts";
import type { PageDescriptors } from "../../mm/page-descriptors.ts";
import type { SlabService } from "../../mm/slab/service.ts";
import type { Cpu } from "../../smp/cpu.ts";
import type { Incident } from "../incident.ts";
import type { Finding, FoundObject, RunningMode } from "../modes/mode.ts";

/** The parts of a machine that reports are built from. */
export interface ReportMachine extends FrameParts {
  /** The CPU this view belongs to. */
  readonly cpu: Cpu;
  /** Saves the current call stack. */
  readonly stacks: CallStacks;
  /** The running task. */
  readonly tasks: { current(cpu: Cpu): { readonly pid: number; readonly comm: string } };
  /** The kernel's taints. */
  readonly oops: Pick<Oops, "taints">;
  /** The kernel's version. */
  readonly options: { readonly version: string };
  /** The wording of the kernel's messages. */
  readonly words: KernelWords;
  /** kmalloc and slab caches. */
  readonly slab: SlabService;
  /** Areas of vmalloc space. */
  readonly vmalloc: VmallocNodes;
  /** The direct map. */
  readonly directMap: DirectMap;
  /** Page descriptors. */
  readonly pages: PageDescriptors;
  /** What pointers are printed as. */
  readonly pointerHash: PointerHash;
  /** The page tables, in units of the kernel's pages. */
  readonly kernelPages: KernelPages;
  /** The page tables. */
  readonly space: AddressSpace;
}

/**
 * Builds a report (mm/kasan/report.c): the access and its call stack; the first bad address; the slab object, if there is one, with
 * its tracks; then, depending on the region, the variable, stack frame, vmalloc area and page; the shadow around the address.
 */
export function buildReport(machine: ReportMachine, mode: RunningMode, incident: Incident): KasanReport {
  const { cpu, symbols, stacks } = machine;
  const checking = symbols.returnWords(...machine.words.dumpStack, "print_report", ...incident.via);
  const trace = stacks.words(cpu, Uint32Array.of(...checking, ...symbols.returnWords(...(incident.by ?? []))));
  const { first, finding, memory } = examine(machine, mode, incident);
  const base: KasanReport = {
    bugType: finding.bugType,
    function: frameOfWord(machine, trace[checking.length + (incident.inside ?? 0)] ?? 0),
    access: {
      kind: incident.kind,
      address: incident.address,
      ...(incident.size !== 0n && { size: incident.size }),
      ...mode.report.tags(incident, first),
    },
    ...scene(machine),
    callTrace: framesOf(machine, trace),
  };
  return { ...base, ...memory };
}

/** The part of a report that is about the memory of the access. */
export type MemoryDescription = Pick<
  KasanReport,
  "object" | "allocated" | "freed" | "aux" | "variable" | "stack" | "vmalloc" | "page" | "firstBad" | "memory"
>;

/** What a report of an access to an address would say of the memory there. Nothing is reported. */
export const describeMemory = (machine: ReportMachine, mode: RunningMode, address: bigint): MemoryDescription =>
  examine(machine, mode, { kind: "Read", address, size: 1n, via: [] }).memory;

/** The first bad address, the kind of bug, and what there is to say of the memory. */
function examine(
  machine: ReportMachine,
  mode: RunningMode,
  incident: Incident,
): { readonly first: bigint; readonly finding: Finding; readonly memory: MemoryDescription } {
  const { cpu, symbols } = machine;
  const address = mode.pointers.address(incident.address);
  const first = mode.report.firstBad(incident);
  const object = slabObject(machine, address);
  const onStack = address >= cpu.stackLow && address < cpu.stackHigh;
  const finding = mode.report.examine(incident, { first, object, onStack });
  if (!mode.hasMetadata(address)) return { first, finding, memory: {} };
  const memory = {
    ...(object && finding.describe(object)),
    ...(symbols.covers(address) && { variable: frameOf(symbols, address) }),
    ...(onStack && { stack: stackLocation(machine, mode, address) }),
    ...vmallocRegion(machine, mode, address),
    ...physicalPage(machine, address),
    firstBad: first,
    ...memoryState(mode, first),
  };
  return { first, finding, memory };
}

/** The task and machine of the incident. */
function scene({ cpu, tasks, oops, options }: ReportMachine): Pick<KasanReport, "task" | "version" | "machine"> {
  return {
    task: tasks.current(cpu),
    version: parseVersion(options.version),
    machine: { cpu: cpu.id, taint: oops.taints, release: options.version, build: "#1" },
  };
}

/** Builds the report of a past access (kasan_report_async). `noticed`: kernel functions that noticed it. */
export function buildAsynchronousReport(machine: ReportMachine, noticed: readonly string[]): KasanReport {
  const { cpu, symbols, stacks } = machine;
  const path = symbols.returnWords(...machine.words.dumpStack, ...noticed);
  const callTrace = framesOf(machine, stacks.words(cpu, path));
  return {
    bugType: "invalid-access",
    asynchronous: true,
    function: callTrace[path.length] ?? callTrace[callTrace.length - 1],
    access: { kind: "Write", address: 0n },
    ...scene(machine),
    callTrace,
  };
}

/** The shadow around the first bad address; empty if it has none. */
function memoryState(mode: RunningMode, first: bigint): Pick<KasanReport, "memory"> {
  if (mode.byteAt(first) < 0) return {};
  return { memory: memoryStateAround(first, mode.report.granule, (at) => Math.max(0, mode.byteAt(at))) };
}

function slabObject({ directMap, slab }: ReportMachine, address: bigint): FoundObject | undefined {
  const physical = directMap.physical(Number(address & 0xffffffffn), Number(address >> 32n));
  if (physical < 0) return undefined;
  const { allocator } = slab;
  const found = allocator.slabOf(physical);
  if (found < 0) return undefined;
  const cache = allocator.cacheOf(found);
  return { cache, start: allocator.nearestObject(cache, found, physical) };
}

function stackLocation({ tasks, cpu }: ReportMachine, mode: RunningMode, address: bigint): StackLocation {
  const task = tasks.current(cpu);
  const frame = mode.report.frame(address);
  return { task, ...(frame && { frame }) };
}

function vmallocRegion(
  machine: ReportMachine,
  mode: RunningMode,
  address: bigint,
): { vmalloc?: VmallocRegion | "virtual mapping" } {
  const { vmallocStart, vmallocEnd } = machine.architecture.layout;
  if (address < vmallocStart || address > vmallocEnd) return {};
  const area = machine.vmalloc.find(machine.kernelPages.pageOf(address));
  // Areas mapped by vm_map_ram have no `vm_struct` (vmalloc_dump_obj).
  if (!area || area.flags & AreaFlag.RAM) return { vmalloc: "virtual mapping" };
  const start = mode.pointerTo(machine.kernelPages.addressOf(area.vpn));
  return { vmalloc: { pages: area.backed, start, caller: frameOfWord(machine, area.caller) } };
}

function physicalPage(machine: ReportMachine, address: bigint): { page?: PageDump } {
  const { vmallocStart, vmallocEnd } = machine.architecture.layout;
  const physical = machine.directMap.physical(Number(address & 0xffffffffn), Number(address >> 32n));
  let pfn = Math.floor(physical / machine.kernelPages.size);
  const isVmalloc = address >= vmallocStart && address <= vmallocEnd;
  // For a direct-map address the kernel dumps the head page, for a vmalloc address the page itself.
  if (isVmalloc) pfn = machine.kernelPages.lookup(machine.kernelPages.pageOf(address));
  if (pfn < 0) return {};
  return { page: dumpPage(machine, isVmalloc ? pfn : machine.pages.head(pfn)) };
}

/** A page's descriptor as data. */
function dumpPage({ pages, pointerHash }: ReportMachine, pfn: number): PageDump {
  const head = pages.head(pfn);
  const order = pages.order(head);
  const words = (frame: number) => Array.from({ length: 8 }, (_, i) => pages.field(frame, 8 * i));
  const type = Object.values(PAGE_TYPES).find(({ value }) => value === pages.type(head));
  return {
    pfn,
    descriptor: pointerHash.of(pages.virtual(pfn)),
    refcount: pages.references(head),
    mapcount: 0,
    flags: pages.field(head, 0),
    ...(order > 0 && { head: { order }, headRaw: [...words(head), ...words(head + 1)] }),
    ...(type && { pageType: type }),
    raw: words(pfn),
  };
}
