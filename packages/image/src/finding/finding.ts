import { type FrameObject, formatReport, type PageDump, type StackFrame, type Track } from "@kasan/report";
import type { AccessOptions } from "../inspect/verdict.ts";
import { type Ask, asker } from "../kernel/ask.ts";
import { type FileMapping, fileMapping } from "../kernel/file-mapping.ts";
import { frameOf, framesOf, trackOf } from "../kernel/frames.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { hasMemory } from "../kernel/kernel-image.ts";
import { type LargeKmalloc, largeKmallocAt } from "../kernel/large-kmalloc.ts";
import { type ObjectState, objectAt } from "../kernel/object.ts";
import { pageDump, pagesOf } from "../kernel/page-dump.ts";
import { type PageEvent, pageOwner } from "../kernel/page-owner.ts";
import { perCpuPlace } from "../kernel/percpu.ts";
import { frameAt } from "../kernel/stack-frame.ts";
import { type KernelTask, stackBytes, stackOwner } from "../kernel/tasks.ts";
import { type AreaKind, areaKind, vmallocAreaAt } from "../kernel/vmalloc.ts";
import { reconstructReport, styleOf } from "../report/reconstruct.ts";

/** What a kernel's own data say of an address. What does not apply is absent. */
export interface Finding {
  /** The kernel's or a module's symbol that it lies in. */
  readonly symbol?: StackFrame;
  /** The per-CPU variable that it lies in, and whose copy it is. */
  readonly perCpu?: FoundPerCpu;
  /** The slab object that it lies in, or next to. */
  readonly object?: FoundLife;
  /** The kmalloc of pages of its own that it lies in, redzone included. */
  readonly largeKmalloc?: LargeKmalloc;
  /** The vmalloc area that it lies in. */
  readonly area?: FoundArea;
  /** The task whose stack it lies in, and the frame on it. */
  readonly stack?: FoundStack;
  /** Its page's descriptor. */
  readonly page?: PageDump;
  /** The file whose contents that page has. */
  readonly file?: FileMapping;
  /** Who allocated that page, and freed it last. */
  readonly pageOwner?: FoundOwner;
  /** The report that KASAN would print of the access; absent if it would print none. */
  readonly report?: string;
  /** What could not be read, and why: sentences without a full stop. */
  readonly unknown: readonly string[];
}

/** A slab object, and its life. */
export interface FoundLife {
  /** Its first address. */
  readonly address: bigint;
  /** Its cache's name. */
  readonly cache: string;
  /** Bytes of the cache's objects. */
  readonly objectSize: number;
  /** Bytes that were asked for; the object's size if that is no longer known. */
  readonly allocSize: number;
  /** Its number in the slab, from 0 on. */
  readonly index: number;
  /** The slab's objects. */
  readonly count: number;
  /** What became of it. */
  readonly state: ObjectState;
  /** Its allocation. */
  readonly allocated?: Track;
  /** Its free. */
  readonly freed?: Track;
  /** The stacks that queued work with it, the last one first. */
  readonly work: readonly (readonly StackFrame[])[];
}

/** A vmalloc area. */
export interface FoundArea {
  /** Its first address. */
  readonly start: bigint;
  /** Its bytes, the guard page included. */
  readonly size: bigint;
  /** Its pages; 0 for a mapping of other memory. */
  readonly pages: number;
  /** What it is; absent if it is another kind. */
  readonly kind?: AreaKind;
  /** The physical address that it maps, if that is one stretch: an ioremap, the kernel's own image. */
  readonly physical?: bigint;
  /** The code that made it. */
  readonly caller: StackFrame;
}

/** A CPU's own copy of a variable. */
export interface FoundPerCpu {
  /** The CPU. */
  readonly cpu: number;
  /** The variable. */
  readonly variable: StackFrame;
}

/** A function's frame on a stack. */
export interface FoundFrame {
  /** The function. */
  readonly function: StackFrame;
  /** Bytes from the frame's start to the address. */
  readonly offset: number;
  /** Its variables. */
  readonly objects: readonly FrameObject[];
}

/** A task's stack. */
export interface FoundStack {
  /** The task. */
  readonly task: KernelTask;
  /** The frame of the function that the address belongs to, in generic mode. */
  readonly frame?: FoundFrame;
}

/** A page's owner (mm/page_owner.c). */
export interface FoundOwner {
  /** Whether the page is allocated now. */
  readonly isAllocated: boolean;
  /** log2 of the pages that were allocated at once. */
  readonly order: number;
  /** The last allocation. */
  readonly allocated: Track;
  /** The name of the task that did it. */
  readonly comm?: string;
  /** The last free. */
  readonly freed?: Track;
}

/** Asks a kernel's own data about an address (0 … 2^64-1, with its tag). `access` is what the report is about. */
export function findOut(kernel: Kernel, address: bigint, access: AccessOptions | "free" = {}): Finding {
  const untagged = kernel.memory.untagged(address);
  const unknown: string[] = [];
  const ask = asker(unknown);
  // Without names nothing else is found.
  if (!ask("names, objects, pages", () => kernel.symbols)) return { unknown };
  const physical = kernel.image.translate(untagged);
  const isMapped = physical >= 0;
  const symbol = symbolAt(kernel, untagged);
  const object = ask("slab objects", () => findObject(kernel, address));
  const area = ask("vmalloc areas", () => areaAt(kernel, untagged));
  const canBeStack = isMapped && !object && !symbol && isStackSized(kernel, area);
  const fields = {
    symbol,
    perCpu: ask("per-CPU variables", () => variableAt(kernel, untagged)),
    object,
    largeKmalloc: isMapped && !object ? kernel.attempt(() => largeKmallocAt(kernel, untagged)) : undefined,
    area,
    // Where no fault is worth a word, a stack is looked for nevertheless: the first task's is a variable.
    stack: canBeStack
      ? ask("stacks", () => stackAt(kernel, untagged))
      : kernel.attempt(() => stackAt(kernel, untagged)),
    ...(isMapped && aboutPage(kernel, physical, ask)),
    report: ask("report", () => reportText(kernel, address, access)),
  };
  return { ...present(fields), unknown };
}

/** What is known of the page at a physical address. Where the machine has no memory (an ioremap) there is none, and no fault in that. */
function aboutPage(kernel: Kernel, physical: number, ask: Ask): Pick<Finding, "page" | "file" | "pageOwner"> {
  const readPage = () => pageDump(kernel, pagesOf(kernel).descriptorOf(physical));
  const page = hasMemory(kernel.image, physical) ? ask("pages", readPage) : kernel.attempt(readPage);
  // Without its descriptor nothing else is known of it either.
  if (!page) return {};
  return present({
    page,
    file: kernel.types && ask("files", () => fileAt(kernel, physical)),
    pageOwner: ask("page owners", () => ownerOf(kernel, pagesOf(kernel).pfnOf(physical))),
  });
}

/** Whether an area can be a task's stack, by its size. Outside of all areas stacks are where the kernel has no `CONFIG_VMAP_STACK`. */
function isStackSized(kernel: Kernel, area: FoundArea | undefined): boolean {
  return area === undefined || area.pages * pagesOf(kernel).pageBytes === stackBytes(kernel);
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Only what is there. */
function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}

function symbolAt(kernel: Kernel, address: bigint): StackFrame | undefined {
  const frame = frameOf(kernel, address);
  return frame.symbol === undefined ? undefined : frame;
}

function variableAt(kernel: Kernel, address: bigint): Finding["perCpu"] {
  const found = perCpuPlace(kernel, address);
  if (!found) return undefined;
  const { symbol, offset, size } = found.place;
  const variable = { symbol: symbol.name, offset: Number(offset), size: Number(size ?? 0n), reliable: true };
  return { cpu: found.cpu, variable };
}

/**
 * The slab object that a pointer (with its tag) leads to, or next to, with its life. `undefined` if no slab is there.
 *
 * @throws {@link ImageError} if the kernel's structures are not known
 */
export function findObject(kernel: Kernel, pointer: bigint): FoundLife | undefined {
  const life = objectAt(kernel, pointer);
  if (!life) return undefined;
  const { address, cache, allocSize, index, count, state, tracks } = life;
  return {
    address,
    cache: cache.name,
    objectSize: cache.objectSize,
    allocSize,
    index,
    count,
    state,
    ...(tracks.allocated && { allocated: trackOf(kernel, tracks.allocated) }),
    ...(tracks.freed && { freed: trackOf(kernel, tracks.freed) }),
    work: tracks.work.map((stack) => framesOf(kernel, stack)),
  };
}

function areaAt(kernel: Kernel, address: bigint): FoundArea | undefined {
  const { vmallocStart, vmallocEnd } = kernel.image.architecture.layout;
  if (address < vmallocStart || address > vmallocEnd) return undefined;
  const area = vmallocAreaAt(kernel, address);
  if (!area) return undefined;
  const { start, size, pages, physical } = area;
  const kind = areaKind(area);
  return {
    start,
    size,
    pages,
    ...(kind && { kind }),
    ...(physical !== 0n && { physical }),
    caller: frameOf(kernel, area.caller),
  };
}

function fileAt(kernel: Kernel, physical: number): FileMapping | undefined {
  const pages = pagesOf(kernel);
  return fileMapping(kernel, pages.headOf(pages.descriptorOf(physical)));
}

function stackAt(kernel: Kernel, address: bigint): FoundStack | undefined {
  const task = stackOwner(kernel, address);
  const frame = task && frameAt(kernel, address, task.stack);
  if (!frame) return task && { task };
  const { start, objects } = frame;
  return { task, frame: { function: frameOf(kernel, frame.function), offset: Number(address - start), objects } };
}

function ownerOf(kernel: Kernel, pfn: number): FoundOwner | undefined {
  const owner = pageOwner(kernel, pfn);
  if (!owner) return undefined;
  const { isAllocated, order, allocated, freed } = owner;
  const track = (event: PageEvent) => trackOf(kernel, { ...event, cpu: undefined });
  return {
    isAllocated,
    order,
    allocated: track(allocated),
    ...(allocated.comm !== undefined && { comm: allocated.comm }),
    ...(freed && { freed: track(freed) }),
  };
}

function reportText(kernel: Kernel, address: bigint, access: AccessOptions | "free"): string | undefined {
  const report = reconstructReport(kernel, address, access);
  return report && formatReport(report, styleOf(kernel));
}
