import { atLeast, DEFAULT_VERSION, formatAddress, hex, type KernelVersion } from "@kasan/shadow";
import { formatFrame, type StackFrame } from "./frame.ts";
import { BLANK, LEVEL, lines, type ReportLine } from "./line.ts";
import type { KasanReport, StackLocation, Track, VmallocRegion } from "./model.ts";

/** What kernels before 4.4 called bugs, where only hyphens do not make the difference. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  "slab-out-of-bounds": "out of bounds access",
  "stack-out-of-bounds": "out of bounds on stack",
  "global-out-of-bounds": "out of bounds on global",
};

/** Addresses without shadow, which titles name differently before 4.12. */
const WILD = /^(?:null-ptr-deref|user-memory-access|wild-memory-access)$/;

/** What a kernel of `version` calls a bug. */
function bugName(bugType: string, version: KernelVersion): string {
  if (!atLeast(version, 4, 4))
    return OLD_NAMES[bugType] ?? (WILD.test(bugType) ? bugType : bugType.replace(/^slab-/, "").replaceAll("-", " "));
  if (!atLeast(version, 6, 0) && /^(?:double|invalid)-free$/.test(bugType)) return "double-free or invalid-free";
  if (!atLeast(version, 6, 4) && bugType === "slab-use-after-free") return "use-after-free";
  return bugType;
}

/** The title and the access line; the tags, in tag-based modes (`print_error_description` in `mm/kasan/report.c`). */
export function renderHeader(report: KasanReport, version: KernelVersion = DEFAULT_VERSION): ReportLine[] {
  const { bugType, function: place, access, task } = report;
  if (report.asynchronous) {
    return lines(LEVEL.ERR, `BUG: KASAN: ${bugType}`, "Asynchronous fault: no details available");
  }
  const address = formatAddress(access.address);
  const size = access.size === undefined ? 0n : BigInt.asUintN(64, BigInt(access.size));
  const who = `by task ${task.comm}/${task.pid}`;
  const name = bugName(bugType, version);
  if (!atLeast(version, 4, 12)) {
    const word = atLeast(version, 4, 4) ? "KASAN" : "KASan";
    const where = WILD.test(bugType) ? `on address ${address}` : `in ${formatFrame(place)} at addr ${address}`;
    return lines(LEVEL.ERR, `BUG: ${word}: ${name} ${where}`, `${access.kind} of size ${size} ${who}`);
  }
  const what =
    access.kind === "Free"
      ? `Free of addr ${address}`
      : `${access.kind}${size === 0n ? "" : ` of size ${size}`} at addr ${address}`;
  const texts = [`BUG: KASAN: ${name} in ${formatFrame(place)}`];
  // The kernel said nothing of the address of a bad free before 6.2.
  if (access.kind !== "Free" || atLeast(version, 6, 2)) texts.push(`${what} ${who}`);
  if (access.pointerTag !== undefined && access.memoryTag !== undefined) {
    texts.push(`Pointer tag: [${tag(access.pointerTag)}], memory tag: [${tag(access.memoryTag)}]`);
  }
  return lines(LEVEL.ERR, ...texts);
}

function tag(value: number): string {
  return value.toString(16).padStart(2, "0");
}

/** Who allocated or freed the object, and the blank line after it (`print_track`). */
export function renderTrack(
  did: "Allocated" | "Freed",
  { pid, cpu, timestamp = 0, stack }: Track,
  version: KernelVersion = DEFAULT_VERSION,
): ReportLine[] {
  const saved = stack ? savedStack(stack) : lines(LEVEL.ERR, "(stack is not available)");
  if (!atLeast(version, 4, 12)) return [...lines(LEVEL.ERR, `${did}:`, `PID = ${pid}`), ...saved];
  const when = cpu === undefined || !atLeast(version, 6, 8) ? "" : ` on cpu ${cpu} at ${seconds(timestamp)}s`;
  return [...lines(LEVEL.ERR, `${did} by task ${pid}${when}:`), ...saved, BLANK];
}

/** Microseconds as seconds with six decimals. */
function seconds(microseconds: number): string {
  return `${Math.floor(microseconds / 1e6)}.${String(microseconds % 1e6).padStart(6, "0")}`;
}

/** The stacks that last queued work for the object, each with the blank line after it (`kasan_print_aux_stacks`). */
export function renderAux(
  stacks: readonly (readonly StackFrame[])[],
  version: KernelVersion = DEFAULT_VERSION,
): ReportLine[] {
  if (!atLeast(version, 5, 8)) return [];
  const what = atLeast(version, 5, 11) ? "potentially related work creation" : "call_rcu()";
  return ["Last", "Second to last"].flatMap((which, i) => {
    const stack = stacks[i];
    return stack ? [...lines(LEVEL.ERR, `${which} ${what}:`), ...savedStack(stack), BLANK] : [];
  });
}

/** A stack from the depot. It holds what the unwinder vouched for, and says nothing of the rest. */
function savedStack(stack: readonly StackFrame[]): ReportLine[] {
  return lines(LEVEL.DEFAULT, ...stack.map((frame) => ` ${formatFrame(frame)}`));
}

/** The global variable, and the blank line after it. */
export function renderVariable(variable: StackFrame, version: KernelVersion = DEFAULT_VERSION): ReportLine[] {
  if (!atLeast(version, 4, 12)) return lines(LEVEL.ERR, `Address belongs to variable ${formatFrame(variable)}`);
  return [...lines(LEVEL.ERR, "The buggy address belongs to the variable:", ` ${formatFrame(variable)}`), BLANK];
}

/**
 * The stack and the frame on it, and the blank line after them (`kasan_print_address_stack_frame`).
 *
 * @param address The accessed address, which 5.2 … 5.17 repeat.
 */
export function renderStackLocation(
  { task, frame }: StackLocation,
  address = 0n,
  version: KernelVersion = DEFAULT_VERSION,
): ReportLine[] {
  if (!atLeast(version, 5, 2)) return [];
  const named = atLeast(version, 5, 18);
  if (!named && frame === undefined) return [];
  const who = `${task.comm}/${task.pid}`;
  const texts: string[] = [];
  if (named) texts.push(`The buggy address belongs to stack of task ${who}`);
  if (frame) {
    const { offset, function: place, objects } = frame;
    const where = `is located ${named ? "" : `in stack of task ${who} `}at offset ${offset} in frame:`;
    texts.push(named ? ` and ${where}` : `addr ${formatAddress(address)} ${where}`);
    texts.push(` ${formatFrame(place)}`, "");
    texts.push(
      `${named ? "This" : "this"} frame has ${objects.length} ${objects.length === 1 ? "object" : "objects"}:`,
    );
    texts.push(...objects.map(({ start, end, name }) => ` [${start}, ${end}) '${name}'`));
  }
  return [...lines(LEVEL.ERR, ...texts), BLANK];
}

/**
 * The vmalloc area (`vmalloc_dump_obj` in `mm/vmalloc.c`). No blank line follows it.
 *
 * @param address The accessed address, which 6.14 and 6.15 repeat.
 */
export function renderVmalloc(
  region: VmallocRegion | "virtual mapping",
  address = 0n,
  version: KernelVersion = DEFAULT_VERSION,
): ReportLine[] {
  if (!atLeast(version, 5, 18)) return [];
  // The wording of 6.16 is in 6.12 too, as distributions have it.
  const current = atLeast(version, 6, 16) || (version.major === 6 && version.minor === 12);
  if (!current && atLeast(version, 6, 14)) {
    return lines(LEVEL.ERR, `The buggy address ${formatAddress(address)} belongs to a vmalloc virtual mapping`);
  }
  if (!current) {
    if (region === "virtual mapping") return [];
    const [start, end] = [region.start, region.start + BigInt(region.pages) * 4096n].map(formatAddress);
    const where = ` [${start}, ${end}) created by:`;
    return lines(
      LEVEL.ERR,
      "The buggy address belongs to the virtual mapping at",
      where,
      ` ${formatFrame(region.caller)}`,
      "",
    );
  }
  const what =
    region === "virtual mapping"
      ? "vmalloc virtual mapping"
      : `${region.pages}-page vmalloc region starting at ${hex(region.start)} allocated at ${formatFrame(region.caller)}`;
  return lines(LEVEL.ERR, `The buggy address belongs to a ${what}`);
}
