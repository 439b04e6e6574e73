import { frameJson, trackJson } from "@kasan/report";
import { hex, spellAddress } from "@kasan/shadow";
import type { Finding, FoundLife, FoundOwner, FoundStack } from "./finding.ts";

/** A finding as JSON: addresses in hex, times in seconds. What does not apply is absent. */
export function findingJson(found: Finding): Record<string, unknown> {
  const { symbol, perCpu, object, largeKmalloc, area, stack, page, file, pageOwner, report, unknown } = found;
  return {
    ...(symbol && { symbol: frameJson(symbol) }),
    ...(perCpu && { perCpu: { cpu: perCpu.cpu, variable: frameJson(perCpu.variable) } }),
    ...(largeKmalloc && {
      largeKmalloc: {
        address: spellAddress(largeKmalloc.address),
        pages: largeKmalloc.pages,
        allocSize: largeKmalloc.allocSize,
      },
    }),
    ...(area && {
      area: {
        start: spellAddress(area.start),
        bytes: hex(area.size),
        pages: area.pages,
        ...(area.kind && { kind: area.kind }),
        ...(area.physical !== undefined && { physical: hex(area.physical) }),
        caller: frameJson(area.caller),
      },
    }),
    ...(stack && { stack: stackJson(stack) }),
    ...(page && {
      page: {
        pfn: page.pfn,
        refcount: page.refcount,
        mapcount: page.mapcount,
        flags: hex(page.flags ?? 0n),
        ...(page.pageType && { type: page.pageType.name }),
        ...(page.head && { order: page.head.order }),
      },
    }),
    ...(file && {
      file: {
        ...(file.path !== undefined && { path: file.path }),
        inode: file.inode,
        filesystem: file.filesystem,
        page: hex(file.index),
      },
    }),
    ...(pageOwner && { pageOwner: ownerJson(pageOwner) }),
    ...(object && { object: objectJson(object) }),
    ...(report !== undefined && { report }),
    ...(unknown.length > 0 && { unknown }),
  };
}

function stackJson({ task, frame }: FoundStack): object {
  return {
    task: { comm: task.comm, pid: task.pid, address: spellAddress(task.address) },
    start: spellAddress(task.stack),
    ...(frame && { frame: { function: frameJson(frame.function), offset: frame.offset, variables: frame.objects } }),
  };
}

function ownerJson({ isAllocated, order, allocated, comm, freed }: FoundOwner): object {
  return {
    allocatedNow: isAllocated,
    order,
    allocated: { ...(comm !== undefined && { comm }), ...trackJson(allocated) },
    ...(freed && { freed: trackJson(freed) }),
  };
}

function objectJson(object: FoundLife): object {
  const { address, cache, objectSize, allocSize, index, count, state, allocated, freed, work } = object;
  return {
    address: spellAddress(address),
    cache,
    size: objectSize,
    allocSize,
    index,
    count,
    state,
    ...(allocated && { allocated: trackJson(allocated) }),
    ...(freed && { freed: trackJson(freed) }),
    ...(work.length > 0 && { work: work.map((stack) => stack.map(frameJson)) }),
  };
}
