import {
  formatFrame,
  formatPageFlags,
  type PageDump,
  type ReportStyle,
  type StackFrame,
  type Track,
} from "@kasan/report";
import { formatAddress, hex } from "@kasan/shadow";
import type { LargeKmalloc } from "../kernel/large-kmalloc.ts";
import type { KernelTask } from "../kernel/tasks.ts";
import type { Finding, FoundFrame, FoundLife, FoundOwner, FoundStack } from "./finding.ts";

/** A finding for people: lines, each with a newline. `style` names a page's flags. */
export function findingText(found: Finding, style: ReportStyle): string {
  const { symbol, perCpu, object, largeKmalloc, area, stack, page, file, pageOwner, report, unknown } = found;
  const lines = [
    ...(symbol ? [`name      ${formatFrame(symbol)}`] : []),
    ...(perCpu ? [`per-CPU   ${formatFrame(perCpu.variable)} of CPU ${perCpu.cpu}`] : []),
    ...(area ? [`area      ${areaText(area)}`] : []),
    ...(stack ? stackLines(stack) : []),
    ...(object ? objectLines(object, report !== undefined) : []),
    ...(largeKmalloc ? [`object    ${largeKmallocText(largeKmalloc)}`] : []),
    ...(page ? [`page      ${pageText(page, style)}`] : []),
    ...(file ? [`file      ${fileText(file)}`] : []),
    ...(pageOwner ? ownerLines(pageOwner) : []),
    ...unknown.map((what) => `not known ${what}`),
    ...(report === undefined ? [] : ["", report.trimEnd()]),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** A vmalloc area in words. */
export function areaText({ start, size, pages, kind, physical, caller }: NonNullable<Finding["area"]>): string {
  const bytes = `${formatAddress(start)}-${formatAddress(start + size - 1n)}`;
  const of = `${kind ?? "a mapping"} of ${physical === undefined ? "other memory" : `physical ${hex(physical)}`}`;
  return `${bytes}, ${pages === 0 ? of : `${pages} pages`}, made by ${formatFrame(caller)}`;
}

function stackLines({ task, frame }: FoundStack): string[] {
  const owner = `stack     ${stackText(task)}`;
  if (!frame) return [owner];
  const objects = frame.objects.map(({ start, end, name }) => `          [${start}, ${end}) '${name}'`);
  return [owner, `frame     ${frameText(frame)}, which has`, ...objects];
}

/** Whose stack it is, in words. */
export const stackText = ({ comm, pid, stack }: KernelTask): string =>
  `of ${comm}/${pid}, from ${formatAddress(stack)}`;

/** Where in a function's frame an address is, in words. */
export const frameText = ({ function: of, offset }: FoundFrame): string =>
  `${offset} bytes into that of ${formatFrame(of)}`;

/** A kmalloc of pages of its own, in words. */
export const largeKmallocText = ({ address, pages, allocSize }: LargeKmalloc): string =>
  `${formatAddress(address)}, in use: a large kmalloc of ${allocSize} bytes, in ${pages} pages of its own`;

/** A page in words. `style` names its flags. */
export function pageText(
  { pfn, refcount, mapcount, flags = 0n, head, pageType }: PageDump,
  style: ReportStyle,
): string {
  const part = head ? `, of ${2 ** head.order} pages` : "";
  const use = pageType ? `${pageType.name}, ` : "";
  const counts = `${counted(refcount ?? 0, "reference")}, mapped ${counted(mapcount ?? 0, "time")}`;
  return `pfn 0x${pfn!.toString(16)}${part}: ${use}${counts}, flags ${formatPageFlags(flags, style.pageFields, style.version)}`;
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;

/** A page of a file in words. */
export function fileText({ path, inode, filesystem, index }: NonNullable<Finding["file"]>): string {
  return `page ${index} of ${path ?? "a file without a name"}, inode ${inode} of ${filesystem}`;
}

function ownerLines(owner: FoundOwner): string[] {
  return ownerTracks(owner).flatMap(({ did, track }) => [`          ${did}`, ...frameLines(track.stack)]);
}

/** Who allocated a page, and who freed it, in words, with their stacks. */
export function ownerTracks({
  isAllocated,
  order,
  allocated,
  comm,
  freed,
}: FoundOwner): { did: string; track: Track }[] {
  const who = `${comm ?? "task"}/${allocated.pid}`;
  const what = order === 0 ? "" : `, of ${2 ** order} pages,`;
  const made = `${isAllocated ? "" : "last "}allocated${what} by ${who} at ${spellTime(allocated.timestamp)}`;
  const first = { did: made, track: allocated };
  if (!freed) return [first];
  const before = isAllocated ? "before that " : "";
  return [first, { did: `${before}freed by task ${freed.pid} at ${spellTime(freed.timestamp)}`, track: freed }];
}

/** Its stacks are in the report, if there is one. */
function objectLines(object: FoundLife, isReported: boolean): string[] {
  const { allocated, freed, work } = object;
  const line = `object    ${objectText(object)}`;
  if (isReported) return [line];
  return [
    line,
    ...trackLines("allocated", allocated),
    ...trackLines("freed", freed),
    ...work.flatMap((stack) => ["          used in work that was queued here", ...frameLines(stack)]),
  ];
}

/** An object in words: where it is, and what became of it. */
export function objectText({ address, cache, objectSize, allocSize, index, count, state }: FoundLife): string {
  const asked = allocSize === objectSize ? "" : `, ${allocSize} bytes asked for`;
  return `${formatAddress(address)}, ${state}: ${index + 1} of ${count} in its slab, cache ${cache} of size ${objectSize}${asked}`;
}

function trackLines(did: string, track: Track | undefined): string[] {
  if (!track) return [];
  return [`          ${did} ${trackText(track)}`, ...frameLines(track.stack)];
}

/** Who did it and when, in words. */
export function trackText({ pid, cpu, timestamp, stack }: Track): string {
  const when = cpu === undefined ? "" : ` on CPU ${cpu} at ${spellTime(timestamp)}`;
  return `by task ${pid}${when}${stack ? "" : ", by a stack that is not there"}`;
}

function frameLines(stack: readonly StackFrame[] = []): string[] {
  return stack.map((frame) => `            ${formatFrame(frame)}`);
}

/** Microseconds as seconds: `33.650015 s`. */
const spellTime = (microseconds = 0) => `${(microseconds / 1e6).toFixed(6)} s`;
