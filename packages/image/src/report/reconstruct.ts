import { DEFAULT_STYLE, type ReportFields, type ReportStyle, type SlabObject } from "@kasan/report";
import { type BugType, hasShadow, shadowOf, tagOf, truncateAddress } from "@kasan/shadow";
import { type AccessOptions, verdictOf } from "../inspect/verdict.ts";
import { frameOf, framesOf, trackOf } from "../kernel/frames.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { compoundPageAt } from "../kernel/large-kmalloc.ts";
import { placeOf } from "../kernel/names.ts";
import { memoryTag, type ObjectLife, objectAt } from "../kernel/object.ts";
import { pageDump, pagesOf } from "../kernel/page-dump.ts";
import { kernelVersionOf } from "../kernel/version.ts";
import { vmallocAreaAt } from "../kernel/vmalloc.ts";

const PAGE_BYTES = 4096n;
const ROW_BYTES = 16;
const ROWS_AROUND = 2;

/**
 * The report that a kernel would print of an access, from its memory: all but who made the access, which nobody has. `undefined` if
 * KASAN would not report it. What cannot be read is left out.
 *
 * @param address - the pointer, with its tag
 */
export function reconstructReport(
  kernel: Kernel,
  address: bigint,
  access: AccessOptions | "free" = {},
): ReportFields | undefined {
  const untagged = kernel.memory.untagged(address);
  const object = kernel.attempt(() => objectAt(kernel, address));
  const found = bugOf(kernel, address, access, object);
  if (!found) return undefined;
  const { bugType, firstBad } = found;
  return {
    bugType,
    callTrace: [],
    access: { ...spelled(access), address, ...tags(kernel, address, firstBad) },
    ...(firstBad !== untagged && { firstBad }),
    // Of an address without shadow the kernel says no more (`addr_has_metadata` in `print_report`).
    ...(hasShadow(kernel.image.shadow!, untagged) && aboutMemory(kernel, untagged, firstBad, bugType, object)),
  };
}

function aboutMemory(
  kernel: Kernel,
  address: bigint,
  firstBad: bigint,
  bugType: BugType,
  object: ObjectLife | undefined,
): Partial<ReportFields> {
  return {
    ...(object && objectFields(kernel, object, bugType)),
    ...placeFields(kernel, address),
    ...rows(kernel, firstBad),
  };
}

/** The style of the kernel's version and architecture. */
export function styleOf(kernel: Kernel): ReportStyle {
  const { architecture, kasan } = kernel.image;
  const { words } = architecture;
  const style = (kasan === "sw_tags" ? words?.tagsStyle : undefined) ?? words?.style ?? DEFAULT_STYLE;
  return { ...style, version: kernelVersionOf(kernel) };
}

/** A bug that KASAN would report. */
export interface FoundBug {
  /** Its name in the title. */
  readonly bugType: BugType;
  /** The first address that is bad, without a tag. */
  readonly firstBad: bigint;
}

/** The bug of an access or a free; `undefined` if KASAN would report none. `object`: the one nearest to the address. */
export function bugOf(
  kernel: Kernel,
  address: bigint,
  access: AccessOptions | "free",
  object = kernel.attempt(() => objectAt(kernel, address)),
): FoundBug | undefined {
  return access === "free" ? freeBug(kernel, address, object) : accessBug(kernel, address, access, object);
}

function accessBug(kernel: Kernel, address: bigint, access: AccessOptions, object?: ObjectLife): FoundBug | undefined {
  const { kind, bug, firstBad } = verdictOf(kernel.image, address, access);
  if (kind !== "reported" || bug === undefined) return undefined;
  return { bugType: bugTypeOf(kernel, bug as BugType, object), firstBad: firstBad ?? kernel.memory.untagged(address) };
}

/** A free of what is no object's start, or not in use (`check_slab_allocation`, `check_page_allocation` in mm/kasan/common.c). */
function freeBug(kernel: Kernel, address: bigint, object: ObjectLife | undefined): FoundBug | undefined {
  const firstBad = kernel.memory.untagged(address);
  if (!kernel.image.shadow || !isFreeable(kernel, firstBad)) return undefined;
  const start = object?.address ?? kernel.attempt(() => compoundPageAt(kernel, firstBad)?.address);
  const isStart = start === undefined ? firstBad % PAGE_BYTES === 0n : start === firstBad;
  if (!isStart) return { bugType: "invalid-free", firstBad };
  return verdictOf(kernel.image, address).kind === "reported" ? { bugType: "double-free", firstBad } : undefined;
}

/** Whether `kfree` takes an address, without a tag: one of the direct map. */
export function isFreeable({ image }: Kernel, address: bigint): boolean {
  const { pageOffset, directMapEnd } = image.architecture.layout;
  return pageOffset <= address && address <= directMapEnd && image.translate(address) >= 0;
}

function spelled(access: AccessOptions | "free"): { kind: "Free" | "Read" | "Write"; size?: number } {
  if (access === "free") return { kind: "Free" };
  return { kind: access.write ? "Write" : "Read", size: access.size ?? 1 };
}

/** Tag-based modes tell by the ring of stacks: what was done last with the object (`kasan_complete_mode_report_info`). */
function bugTypeOf({ image }: Kernel, bug: BugType, object: ObjectLife | undefined): BugType {
  if (image.kasan === "generic" || bug !== "invalid-access" || !object) return bug;
  const { latest } = object.tracks;
  if (latest === undefined) return bug;
  return latest === "freed" ? "slab-use-after-free" : "slab-out-of-bounds";
}

function tags(kernel: Kernel, address: bigint, firstBad: bigint): { pointerTag?: number; memoryTag?: number } {
  const memory = memoryTag(kernel, firstBad);
  return memory === undefined ? {} : { pointerTag: tagOf(address), memoryTag: memory };
}

function objectFields(kernel: Kernel, found: ObjectLife, bugType: BugType): Partial<ReportFields> {
  const { cache, address, allocSize, tracks } = found;
  const state = kernel.image.kasan === "generic" ? STATES[bugType] : undefined;
  const object: SlabObject = {
    address,
    cache: cache.name,
    objectSize: cache.objectSize,
    allocSize,
    ...(state && { state }),
  };
  const { allocated, freed, work } = tracks;
  return {
    object,
    ...(allocated && { allocated: trackOf(kernel, allocated) }),
    ...(freed && { freed: trackOf(kernel, freed) }),
    ...(work.length > 0 && { aux: work.map((stack) => framesOf(kernel, stack)) }),
  };
}

/** The word before a region's size (`describe_object_addr`). */
const STATES: Readonly<Record<string, "allocated" | "freed">> = {
  "slab-out-of-bounds": "allocated",
  "slab-use-after-free": "freed",
};

/** The variable, the vmalloc area and the page that an address lies in (`print_address_description`). */
function placeFields(kernel: Kernel, address: bigint): Partial<ReportFields> {
  const { image } = kernel;
  const { kernelText, vmallocStart, vmallocEnd, pageOffset, directMapEnd } = image.architecture.layout;
  const physical = image.translate(address);
  const isVmalloc = address >= vmallocStart && address <= vmallocEnd;
  const isDirect = address >= pageOffset && address <= directMapEnd;
  const page =
    physical < 0 ? undefined : kernel.attempt(() => pageDump(kernel, descriptorOf(kernel, physical, isDirect)));
  const isOwn = image.architecture.words?.imagePages === true && placeOf(kernel, address)?.symbol.module === undefined;
  const area = isVmalloc ? kernel.attempt(() => vmallocAreaAt(kernel, address)) : undefined;
  const vmalloc = area
    ? { pages: area.pages, start: area.start, caller: frameOf(kernel, area.caller) }
    : "virtual mapping";
  const place = isVmalloc || isDirect || address < kernelText ? undefined : placeOf(kernel, address);
  return {
    ...(place && { variable: frameOf(kernel, address) }),
    ...(isVmalloc && { vmalloc: vmalloc as ReportFields["vmalloc"] }),
    ...(page && (isVmalloc || isDirect || isOwn) && { page }),
  } as Partial<ReportFields>;
}

/** The descriptor that is printed: of the whole compound page, but for vmalloc space, where each page is one (`addr_to_page`). */
function descriptorOf(kernel: Kernel, physical: number, isDirect: boolean): bigint {
  const pages = pagesOf(kernel);
  const page = pages.descriptorOf(physical);
  return isDirect ? pages.headOf(page) : page;
}

/** `print_memory_metadata`: two rows before and after that of the first bad address. */
function rows(kernel: Kernel, address: bigint): Partial<ReportFields> {
  const layout = kernel.image.shadow;
  if (!layout) return {};
  const span = BigInt(layout.granule * ROW_BYTES);
  const own = address - (address % span);
  const found = Array.from({ length: 2 * ROWS_AROUND + 1 }, (_, i) => {
    const row = truncateAddress(own + BigInt(i - ROWS_AROUND) * span);
    const bytes = kernel.attempt(() => kernel.memory.bytes(shadowOf(layout, row), ROW_BYTES));
    return bytes ? [{ address: row, bytes }] : [];
  }).flat();
  return { memory: { rows: found, granule: layout.granule as 8 | 16 } };
}
