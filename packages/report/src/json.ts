import type { OopsJson, PageJson, ReportJson } from "./json-model.ts";
import {
  accessJson,
  compact,
  frameJson,
  hexJson,
  nameOf,
  placeJson,
  regionJson,
  stackJson,
  trackJson,
} from "./json-parts.ts";
import type { KasanReport } from "./model.ts";
import { untaggedAddress } from "./model.ts";
import type { Oops } from "./oops.ts";
import type { PageDump } from "./page.ts";
import { pageFlagNames } from "./page-flags.ts";
import { firstBadOf } from "./render.ts";
import { renderOops } from "./render-oops.ts";
import { DEFAULT_STYLE, type ReportStyle } from "./style.ts";

/** A report as plain data for `JSON.stringify`: addresses in hex, times in seconds, unknown things absent. */
export function toJson(report: KasanReport, style: ReportStyle = DEFAULT_STYLE): ReportJson {
  const { bugType, access, task, machine, callTrace, aux, object, variable, stack, vmalloc, page, memory } = report;
  return compact({
    title: report.asynchronous ? `KASAN: ${bugType}` : `KASAN: ${bugType} in ${nameOf(report.function)}`,
    bugType,
    asynchronous: report.asynchronous,
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

/**
 * An oops as plain data for `JSON.stringify`.
 *
 * @throws {@link ReportError} `STYLE` if the style words no crashes.
 */
export function oopsToJson(oops: Oops, style: ReportStyle): OopsJson {
  const { cause, registers, task, machine, callTrace, panic } = oops;
  const title = renderOops(oops, style).find(({ text }) => !text.startsWith("---"))!.text;
  const fault = "shadowFault" in cause ? cause.shadowFault : undefined;
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
