import type { KernelVersion } from "@kasan/shadow";
import type { StackFrame } from "./frame.ts";
import type { ParsedReport } from "./parse/parsed.ts";
import { kernelVersionOf } from "./release.ts";
import type { Access, TaskRef } from "./sections/access.ts";
import type { ReportFields } from "./sections/index.ts";

/**
 * A KASAN report, filled in stages: the access, the task and the call trace; then everything known about the address; then the
 * memory around it. All but the first stage can be missing, if the address has no shadow or the log is incomplete.
 */
export interface KasanReport extends ReportFields {
  /** The code that made the access. */
  readonly function: StackFrame;
  /** The access. It has no meaning if the report is asynchronous. */
  readonly access: Access;
  /** The task that ran it. */
  readonly task: TaskRef;
  /** The version of the kernel that made the report. Printing uses the version of the style. */
  readonly version?: KernelVersion;
}

/**
 * The report in the form that `renderReport` prints, in the style of any version. `undefined` if the log lacks what every report
 * has: the place, the access and the task.
 */
export function toKasanReport(report: ParsedReport): KasanReport | undefined {
  const { access, task, callTrace, machine } = report;
  // Before 4.12, the title of an access to an address without shadow did not name the place.
  const place = report.function ?? callTrace.find(({ reliable }) => reliable) ?? callTrace[0];
  if (place === undefined || access === undefined || task === undefined) return undefined;
  const version = kernelVersionOf(machine?.release);
  return { ...report, function: place, access, task, ...(version && { version }) };
}
