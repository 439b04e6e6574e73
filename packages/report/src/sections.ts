import { formatAddress, hex } from "@kasan/shadow";
import { formatFrame, type StackFrame } from "./frame.ts";
import { BLANK, LEVEL, lines, type ReportLine } from "./line.ts";
import type { KasanReport, StackLocation, Track, VmallocRegion } from "./model.ts";

/** The title and the access line; the tags, in tag-based modes (`print_error_description` in `mm/kasan/report.c`). */
export function renderHeader({ bugType, function: place, access, task }: KasanReport): ReportLine[] {
  const address = formatAddress(access.address);
  const size = access.size === undefined ? 0n : BigInt.asUintN(64, BigInt(access.size));
  const what =
    access.kind === "Free"
      ? `Free of addr ${address}`
      : `${access.kind}${size === 0n ? "" : ` of size ${size}`} at addr ${address}`;
  const texts = [`BUG: KASAN: ${bugType} in ${formatFrame(place)}`, `${what} by task ${task.comm}/${task.pid}`];
  if (access.pointerTag !== undefined && access.memoryTag !== undefined) {
    texts.push(`Pointer tag: [${tag(access.pointerTag)}], memory tag: [${tag(access.memoryTag)}]`);
  }
  return lines(LEVEL.ERR, ...texts);
}

function tag(value: number): string {
  return value.toString(16).padStart(2, "0");
}

/** Who allocated or freed the object, and the blank line after it (`print_track`). */
export function renderTrack(did: "Allocated" | "Freed", { pid, cpu, timestamp = 0, stack }: Track): ReportLine[] {
  const when = cpu === undefined ? "" : ` on cpu ${cpu} at ${seconds(timestamp)}s`;
  return [
    ...lines(LEVEL.ERR, `${did} by task ${pid}${when}:`),
    ...(stack ? savedStack(stack) : lines(LEVEL.ERR, "(stack is not available)")),
    BLANK,
  ];
}

/** Microseconds as seconds with six decimals. */
function seconds(microseconds: number): string {
  return `${Math.floor(microseconds / 1e6)}.${String(microseconds % 1e6).padStart(6, "0")}`;
}

const AUX_TITLES = [
  "Last potentially related work creation:",
  "Second to last potentially related work creation:",
] as const;

/** The stacks that last queued work for the object, each with the blank line after it (`kasan_print_aux_stacks`). */
export function renderAux(stacks: readonly (readonly StackFrame[])[]): ReportLine[] {
  return AUX_TITLES.flatMap((title, i) => {
    const stack = stacks[i];
    return stack ? [...lines(LEVEL.ERR, title), ...savedStack(stack), BLANK] : [];
  });
}

/** A stack from the depot. It holds what the unwinder vouched for, and says nothing of the rest. */
function savedStack(stack: readonly StackFrame[]): ReportLine[] {
  return lines(LEVEL.DEFAULT, ...stack.map((frame) => ` ${formatFrame(frame)}`));
}

/** The global variable, and the blank line after it. */
export function renderVariable(variable: StackFrame): ReportLine[] {
  return [...lines(LEVEL.ERR, "The buggy address belongs to the variable:", ` ${formatFrame(variable)}`), BLANK];
}

/** The stack and the frame on it, and the blank line after them (`kasan_print_address_stack_frame`). */
export function renderStackLocation({ task, frame }: StackLocation): ReportLine[] {
  const texts = [`The buggy address belongs to stack of task ${task.comm}/${task.pid}`];
  if (frame) {
    const { offset, function: place, objects } = frame;
    texts.push(` and is located at offset ${offset} in frame:`, ` ${formatFrame(place)}`, "");
    texts.push(`This frame has ${objects.length} ${objects.length === 1 ? "object" : "objects"}:`);
    texts.push(...objects.map(({ start, end, name }) => ` [${start}, ${end}) '${name}'`));
  }
  return [...lines(LEVEL.ERR, ...texts), BLANK];
}

/** The vmalloc area (`vmalloc_dump_obj` in `mm/vmalloc.c`). No blank line follows it. */
export function renderVmalloc(region: VmallocRegion | "virtual mapping"): ReportLine[] {
  const what =
    region === "virtual mapping"
      ? "vmalloc virtual mapping"
      : `${region.pages}-page vmalloc region starting at ${hex(region.start)} allocated at ${formatFrame(region.caller)}`;
  return lines(LEVEL.ERR, `The buggy address belongs to a ${what}`);
}
