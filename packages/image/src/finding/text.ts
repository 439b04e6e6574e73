import {
  formatFrame,
  formatPageFlags,
  type PageDump,
  type ReportStyle,
  type StackFrame,
  type Track,
} from "@kasan/report";
import { formatAddress } from "@kasan/shadow";
import type { Finding, FoundLife, FoundOwner, FoundStack } from "./finding.ts";

/** A finding for people: lines, each with a newline. `style` names a page's flags. */
export function findingText(found: Finding, style: ReportStyle): string {
  const { symbol, perCpu, object, area, stack, page, pageOwner, report, unknown } = found;
  const lines = [
    ...(symbol ? [`name      ${formatFrame(symbol)}`] : []),
    ...(perCpu ? [`per-CPU   ${formatFrame(perCpu.variable)} of CPU ${perCpu.cpu}`] : []),
    ...(area ? [`area      ${areaText(area)}`] : []),
    ...(stack ? stackLines(stack) : []),
    ...(object ? objectLines(object, report !== undefined) : []),
    ...(page ? [`page      ${pageText(page, style)}`] : []),
    ...(pageOwner ? ownerLines(pageOwner) : []),
    ...unknown.map((what) => `not known ${what}`),
    ...(report === undefined ? [] : ["", report.trimEnd()]),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function areaText({ start, size, pages, caller }: NonNullable<Finding["area"]>): string {
  const bytes = `${formatAddress(start)}-${formatAddress(start + size - 1n)}`;
  return `${bytes}, ${pages === 0 ? "a mapping of other memory" : `${pages} pages`}, made by ${formatFrame(caller)}`;
}

function stackLines({ task, frame }: FoundStack): string[] {
  const owner = `stack     of ${task.comm}/${task.pid}, from ${formatAddress(task.stack)}`;
  if (!frame) return [owner];
  const objects = frame.objects.map(({ start, end, name }) => `          [${start}, ${end}) '${name}'`);
  return [owner, `frame     ${frame.offset} bytes into that of ${formatFrame(frame.function)}, which has`, ...objects];
}

function pageText({ pfn, refcount, mapcount, flags = 0n, head, pageType }: PageDump, style: ReportStyle): string {
  const part = head ? `, of ${2 ** head.order} pages` : "";
  const use = pageType ? `${pageType.name}, ` : "";
  const counts = `${refcount} references, mapped ${mapcount} times`;
  return `pfn 0x${pfn!.toString(16)}${part}: ${use}${counts}, flags ${formatPageFlags(flags, style.pageFields, style.version)}`;
}

function ownerLines({ isAllocated, order, allocated, comm, freed }: FoundOwner): string[] {
  const who = `${comm ?? "task"}/${allocated.pid}`;
  const what = order === 0 ? "" : `, of ${2 ** order} pages,`;
  return [
    `          ${isAllocated ? "" : "last "}allocated${what} by ${who} at ${spellTime(allocated.timestamp)}`,
    ...frameLines(allocated.stack),
    ...(freed
      ? [`          ${isAllocated ? "before that " : ""}freed by task ${freed.pid} at ${spellTime(freed.timestamp)}`]
      : []),
    ...frameLines(freed?.stack),
  ];
}

/** Its stacks are in the report, if there is one. */
function objectLines(object: FoundLife, isReported: boolean): string[] {
  const { address, cache, objectSize, allocSize, index, count, state, allocated, freed, work } = object;
  const asked = allocSize === objectSize ? "" : `, ${allocSize} bytes asked for`;
  const where = `${index + 1} of ${count} in its slab, cache ${cache} of size ${objectSize}${asked}`;
  if (isReported) return [`object    ${formatAddress(address)}, ${state}: ${where}`];
  return [
    `object    ${formatAddress(address)}, ${state}: ${where}`,
    ...trackLines("allocated", allocated),
    ...trackLines("freed", freed),
    ...work.flatMap((stack) => ["          used in work that was queued here", ...frameLines(stack)]),
  ];
}

function trackLines(did: string, track: Track | undefined): string[] {
  if (!track) return [];
  const when = track.cpu === undefined ? "" : ` on CPU ${track.cpu} at ${spellTime(track.timestamp)}`;
  const lost = track.stack ? "" : ", by a stack that is not there";
  return [`          ${did} by task ${track.pid}${when}${lost}`, ...frameLines(track.stack)];
}

function frameLines(stack: readonly StackFrame[] = []): string[] {
  return stack.map((frame) => `            ${formatFrame(frame)}`);
}

/** Microseconds as seconds: `33.650015 s`. */
const spellTime = (microseconds = 0) => `${(microseconds / 1e6).toFixed(6)} s`;
