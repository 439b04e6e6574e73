import { atLeast } from "@kasan/shadow";
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
import { DEFAULT_STYLE, type ReportStyle } from "./style.ts";
import { renderCallTrace, renderMachine } from "./trace.ts";

/** The line above and below every report: 66 equals signs. */
export const RULE = "=".repeat(66);

/**
 * The report as the kernel logs it, from rule to rule, in the order of `print_report` in `mm/kasan/report.c`.
 *
 * @param style Linux 6.12 on x86-64 by default. Its version chooses the wording, from 4.0 on; what a version does not print is
 * left out.
 */
export function renderReport(report: KasanReport, style: ReportStyle = DEFAULT_STYLE): ReportLine[] {
  const { machine, task, callTrace, memory } = report;
  const { version } = style;
  const address = renderAddress(report, style);
  const spaced = atLeast(version, 4, 12);
  return [
    ...lines(LEVEL.ERR, RULE),
    ...renderHeader(report, version),
    ...(spaced ? [BLANK] : []),
    ...(machine ? renderMachine(machine, task, LEVEL.ERR, version) : []),
    ...renderCallTrace(callTrace, style, LEVEL.ERR),
    // Of an address without shadow, the kernel has nothing more to say.
    ...(spaced && (memory || address.length > 0) ? [BLANK] : []),
    ...address,
    ...(memory ? renderMemory(memory, firstBadOf(report)) : []),
    ...lines(LEVEL.ERR, RULE),
  ];
}

/** The text of {@link renderReport}: lines without levels, ending in a line feed. */
export function formatReport(report: KasanReport, style: ReportStyle = DEFAULT_STYLE): string {
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
  const { version } = style;
  const address = untaggedAddress(report.access);
  const spaced = atLeast(version, 4, 12);
  const objectLines = object ? renderObject(object, address, version) : [];
  return [
    // Before 4.12 the object came first.
    ...(spaced ? [] : objectLines),
    ...(allocated ? renderTrack("Allocated", allocated, version) : []),
    ...(freed ? renderTrack("Freed", freed, version) : []),
    ...(aux ? renderAux(aux, version) : []),
    ...(spaced && object ? [...objectLines, BLANK] : []),
    ...(variable ? renderVariable(variable, version) : []),
    ...(stack ? renderStackLocation(stack, report.access.address, version) : []),
    ...(vmalloc ? renderVmalloc(vmalloc, address, version) : []),
    ...(page && spaced ? [...renderPage(page, style), BLANK] : []),
  ];
}
