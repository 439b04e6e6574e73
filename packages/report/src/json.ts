import { hex } from "@kasan/shadow";
import { formatFrame, type StackFrame } from "./frame.ts";
import type {
  AccessJson,
  FrameJson,
  HexJson,
  OopsJson,
  PageJson,
  RegionJson,
  ReportJson,
  StackLocationJson,
  TrackJson,
} from "./json-model.ts";
import type { Access, KasanReport, StackLocation, Track } from "./model.ts";
import { untaggedAddress } from "./model.ts";
import { type SlabObject, sideOf } from "./object.ts";
import type { Oops } from "./oops.ts";
import type { PageDump } from "./page.ts";
import { pageFlagNames } from "./page-flags.ts";
import { firstBadOf } from "./render.ts";
import { renderOops } from "./render-oops.ts";
import { type ReportStyle, X86_64_STYLE } from "./style.ts";

/** A report as plain data for `JSON.stringify`: addresses in hex, times in seconds, unknown things absent. */
export function toJson(report: KasanReport, style: ReportStyle = X86_64_STYLE): ReportJson {
  const { bugType, access, task, machine, callTrace, aux, object, variable, stack, vmalloc, page, memory } = report;
  return compact({
    title: `KASAN: ${bugType} in ${nameOf(report.function)}`,
    bugType,
    access: accessJson(access),
    ...placeJson(report.function),
    task: { comm: task.comm, pid: task.pid },
    cpu: machine?.cpu,
    callTrace: callTrace.map(frameJson),
    allocated: report.allocated && trackJson(report.allocated),
    freed: report.freed && trackJson(report.freed),
    aux: aux?.map((frames) => frames.map(frameJson)),
    object: object && {
      address: hexJson(object.address),
      cache: object.cache,
      size: object.objectSize,
      allocSize: object.allocSize,
    },
    region: object && regionJson(object, untaggedAddress(access)),
    variable: variable && frameJson(variable),
    frame: stack && stackJson(stack),
    vmalloc:
      vmalloc === "virtual mapping"
        ? {}
        : vmalloc && { pages: vmalloc.pages, start: hexJson(vmalloc.start), caller: frameJson(vmalloc.caller) },
    page: page && pageJson(page, style),
    shadow: memory && {
      firstBad: hexJson(firstBadOf(report)),
      granule: memory.granule,
      rows: memory.rows.map(({ address, bytes }) => ({ address: hexJson(address), bytes: Array.from(bytes) })),
    },
  });
}

/** An oops as plain data for `JSON.stringify`. */
export function oopsToJson(oops: Oops): OopsJson {
  const { cause, registers, task, machine, callTrace, panic } = oops;
  const title = renderOops(oops).find(({ text }) => !text.startsWith("---"))!.text;
  const fault = cause.kind === "general-protection" ? cause.shadowFault : undefined;
  const address = "address" in cause ? cause.address : undefined;
  return compact({
    title,
    kind: cause.kind,
    address: address === undefined ? undefined : hexJson(address),
    shadowFault: fault && { type: fault.type, first: hexJson(fault.first), last: hexJson(fault.last) },
    ...placeJson(registers.ip),
    task: { comm: task.comm, pid: task.pid },
    cpu: machine.cpu,
    callTrace: callTrace.map(frameJson),
    panic,
  });
}

function hexJson(value: bigint): HexJson {
  return hex(BigInt.asUintN(64, value)) as HexJson;
}

function nameOf(frame: StackFrame): string {
  return frame.symbol ?? formatFrame(frame);
}

function placeJson(frame: StackFrame) {
  const { module, file, line, column } = frame;
  return { function: nameOf(frame), module, file, line, column };
}

function accessJson({ kind, size, address, pointerTag, memoryTag }: Access): AccessJson {
  return compact({
    kind,
    size: size === undefined ? undefined : sizeJson(BigInt.asUintN(64, BigInt(size))),
    address: hexJson(address),
    pointerTag,
    memoryTag,
  });
}

function sizeJson(size: bigint): number | HexJson {
  return size > Number.MAX_SAFE_INTEGER ? hexJson(size) : Number(size);
}

function frameJson({ address, symbol, offset, size, module, file, line, column, inlined, reliable }: StackFrame) {
  return compact<FrameJson>({
    address: address === undefined ? undefined : hexJson(address),
    function: symbol,
    offset,
    size,
    module,
    file,
    line,
    column,
    inlined: inlined?.map((frame) => ({ function: frame.symbol, file: frame.file, line: frame.line })),
    reliable,
  });
}

function trackJson({ pid, cpu, timestamp, stack }: Track): TrackJson {
  return compact({
    pid,
    cpu,
    time: timestamp === undefined ? undefined : timestamp / 1e6,
    stack: stack?.map(frameJson),
  });
}

function regionJson({ address: start, allocSize, state }: SlabObject, address: bigint): RegionJson {
  const { side, distance } = sideOf(address, start, allocSize);
  const end = start + BigInt(allocSize);
  return compact({
    start: hexJson(start),
    end: hexJson(end),
    size: allocSize,
    side,
    distance: Number(distance),
    state,
  });
}

function stackJson({ task, frame }: StackLocation): StackLocationJson {
  return compact({
    task: { comm: task.comm, pid: task.pid },
    offset: frame?.offset,
    function: frame && nameOf(frame.function),
    objects: frame?.objects.map(({ start, end, name, line }) => compact({ start, end, name, line })),
  });
}

function pageJson(page: PageDump, style: ReportStyle): PageJson {
  const { pfn, refcount, mapcount, flags, flagNames, head, pageType, raw } = page;
  return compact({
    pfn,
    refcount,
    mapcount,
    flags: hexJson(flags),
    flagNames: flagNames ?? pageFlagNames(flags, style.pageFields),
    order: head?.order,
    type: pageType?.name,
    raw: raw.map(hexJson),
  });
}

/** `object` without what is undefined, so that it equals its own JSON. */
function compact<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
