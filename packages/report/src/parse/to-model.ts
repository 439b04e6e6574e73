import type { KasanReport, VmallocRegion } from "../model.ts";
import type { PageDump } from "../page.ts";
import { kernelVersionOf } from "../release.ts";
import type { ParsedPage, ParsedReport } from "./parsed.ts";

/**
 * The report as the model that `renderReport` prints, in the style of any version; `undefined` if the log does not say what a
 * report has at least: the place, the access, and the task. Parts that the log has only in part are left out.
 */
export function toKasanReport(report: ParsedReport): KasanReport | undefined {
  const { access, task, object, region, vmalloc, page } = report;
  // Before 4.12, the title of an access to an address without shadow did not name the place.
  const place = report.function ?? report.callTrace.find(({ reliable }) => reliable) ?? report.callTrace[0];
  if (place === undefined || access === undefined || task === undefined) return undefined;
  const version = kernelVersionOf(report.machine?.release);
  const area = vmalloc && vmallocOf(vmalloc);
  const { machine, allocated, freed, aux, variable, stack, firstBad, memory, bugType, callTrace } = report;
  return {
    bugType,
    function: place,
    access,
    task,
    ...(version && { version }),
    ...(machine && { machine }),
    callTrace,
    ...(allocated && { allocated }),
    ...(freed && { freed }),
    ...(aux && { aux }),
    ...(object?.objectSize !== undefined && {
      object: {
        ...object,
        objectSize: object.objectSize,
        allocSize: object.allocSize ?? region?.size ?? object.objectSize,
      },
    }),
    ...(variable && { variable }),
    ...(stack && { stack }),
    ...(area && { vmalloc: area }),
    ...(page && isWholePage(page) && { page: withoutDescriptor(page) }),
    ...(firstBad !== undefined && { firstBad }),
    ...(memory && { memory }),
  };
}

function vmallocOf(vmalloc: NonNullable<ParsedReport["vmalloc"]>): VmallocRegion | "virtual mapping" {
  if (vmalloc === "virtual mapping" || "pages" in vmalloc) return vmalloc;
  const { start, end, caller = { reliable: true } } = vmalloc;
  return { pages: Number((end - start) >> 12n), start, caller };
}

type WholePage = PageDump & { readonly descriptor?: bigint };

function isWholePage({ pfn, refcount, mapcount, flags, raw }: ParsedPage): boolean {
  return (
    pfn !== undefined && refcount !== undefined && mapcount !== undefined && flags !== undefined && raw !== undefined
  );
}

function withoutDescriptor(page: ParsedPage): PageDump {
  const { descriptor: _, ...rest } = page as WholePage;
  return rest;
}
