import { BLANK, LEVEL, lines, type ReportLine } from "./line.ts";
import { renderMemory } from "./memory.ts";
import { type KasanReport, untaggedAddress } from "./model.ts";
import { renderObject } from "./object.ts";
import { renderPage } from "./page.ts";
import {
  renderAux,
  renderHeader,
  renderStackLocation,
  renderTrack,
  renderVariable,
  renderVmalloc,
} from "./sections.ts";
import { type ReportStyle, X86_64_STYLE } from "./style.ts";
import { renderCallTrace, renderMachine } from "./trace.ts";

/** The line above and below every report: 66 equals signs. */
export const RULE = "=".repeat(66);

/**
 * The report as the kernel logs it, from rule to rule, in the order of `print_report` in `mm/kasan/report.c`.
 *
 * @param style Linux 6.12 on x86-64 by default.
 */
export function renderReport(report: KasanReport, style: ReportStyle = X86_64_STYLE): ReportLine[] {
  const { machine, task, callTrace, memory } = report;
  const address = renderAddress(report, style);
  return [
    ...lines(LEVEL.ERR, RULE),
    ...renderHeader(report),
    BLANK,
    ...(machine ? renderMachine(machine, task, LEVEL.ERR) : []),
    ...renderCallTrace(callTrace, style, LEVEL.ERR),
    // Of an address without shadow, the kernel has nothing more to say.
    ...(memory || address.length > 0 ? [BLANK] : []),
    ...address,
    ...(memory ? renderMemory(memory, firstBadOf(report)) : []),
    ...lines(LEVEL.ERR, RULE),
  ];
}

/** The text of {@link renderReport}: lines without levels, ending in a line feed. */
export function formatReport(report: KasanReport, style: ReportStyle = X86_64_STYLE): string {
  return renderReport(report, style)
    .map(({ text }) => `${text}\n`)
    .join("");
}

/** The first bad address of `report`: what the memory state and the caret are centred on. */
export function firstBadOf(report: KasanReport): bigint {
  return report.firstBad ?? untaggedAddress(report.access);
}

/** All that is known about the address, each part with the blank line after it. */
function renderAddress(report: KasanReport, style: ReportStyle): ReportLine[] {
  const { allocated, freed, aux, object, variable, stack, vmalloc, page } = report;
  return [
    ...(allocated ? renderTrack("Allocated", allocated) : []),
    ...(freed ? renderTrack("Freed", freed) : []),
    ...(aux ? renderAux(aux) : []),
    ...(object ? [...renderObject(object, untaggedAddress(report.access)), BLANK] : []),
    ...(variable ? renderVariable(variable) : []),
    ...(stack ? renderStackLocation(stack) : []),
    ...(vmalloc ? renderVmalloc(vmalloc) : []),
    ...(page ? [...renderPage(page, style), BLANK] : []),
  ];
}
