import { hex } from "@kasan/shadow";
import { formatFrame, type StackFrame } from "./frame.ts";
import type { AccessJson, FrameJson, HexJson, RegionJson, StackLocationJson, TrackJson } from "./json-model.ts";
import type { Access, StackLocation, Track } from "./model.ts";
import { type SlabObject, sideOf } from "./object.ts";

/** An address for JSON. */
export function hexJson(value: bigint): HexJson {
  return hex(BigInt.asUintN(64, value)) as HexJson;
}

/** A function by its name, or by its address if it has none. */
export function nameOf(frame: StackFrame): string {
  return frame.symbol ?? formatFrame(frame);
}

/** A function and its source. */
export function placeJson(frame: StackFrame) {
  const { module, file, line, column } = frame;
  return { function: nameOf(frame), module, file, line, column };
}

/** An access. */
export function accessJson({ kind, size, address, pointerTag, memoryTag }: Access): AccessJson {
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

/** A frame. */
export function frameJson({
  address,
  symbol,
  offset,
  size,
  module,
  file,
  line,
  column,
  inlined,
  reliable,
}: StackFrame) {
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

/** An allocation or a free. */
export function trackJson({ pid, cpu, timestamp, stack }: Track): TrackJson {
  return compact({
    pid,
    cpu,
    time: timestamp === undefined ? undefined : timestamp / 1e6,
    stack: stack?.map(frameJson),
  });
}

/** A region, and where `address` lies, seen from it. */
export function regionJson({ address: start, allocSize, state }: SlabObject, address: bigint): RegionJson {
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

/** A stack, and the frame on it. */
export function stackJson({ task, frame }: StackLocation): StackLocationJson {
  return compact({
    task: { comm: task.comm, pid: task.pid },
    offset: frame?.offset,
    function: frame && nameOf(frame.function),
    objects: frame?.objects.map(({ start, end, name, line }) => compact({ start, end, name, line })),
  });
}

/** `object` without what is undefined, so that it equals its own JSON. */
export function compact<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
