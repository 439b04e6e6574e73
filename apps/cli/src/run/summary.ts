import type { ProgramResult } from "@kasan/guest";
import { type BootParameters, MODES, STOP_WORDS, type TestStatus } from "@kasan/kernel";
import type { RunFlags } from "../commands/run.ts";
import { reportsOutsideTests } from "../exit-codes.ts";
import { plural } from "../plural.ts";

/** The last line of a run: what came of it. */
export function summary(run: ProgramResult): string {
  const { module, stopped, result, warnings } = run;
  const parts = [
    ...testSummary(run),
    reportSummary(run),
    ...(warnings > 0 ? [plural(warnings, "warning")] : []),
    ...(stopped === undefined ? [] : [`${STOP_WORDS[stopped]}${siteSummary(run)}`]),
    ...(stopped === undefined && result ? [`the module's function returned ${result}`] : []),
  ];
  return `kasan: ${module}: ${parts.join(", ")}`;
}

/** Where a guest was that did not end in time. */
function siteSummary({ timeoutSite }: ProgramResult): string {
  if (!timeoutSite) return "";
  const { task, cpu, frame } = timeoutSite;
  const where = frame?.symbol === undefined ? "" : `, in ${frame.symbol}()${frame.module ? ` [${frame.module}]` : ""}`;
  return `${where}, task ${task.comm}/${task.pid} on CPU ${cpu}`;
}

/** With tags a bad access can go unnoticed: how likely that is, if nothing was found. */
export function missNote(mode: RunFlags["mode"], boot: BootParameters | undefined, run: ProgramResult): string {
  const tags = MODES[mode].tags;
  if (!tags || boot?.enabled === false || run.reports.length > 0) return "";
  return ` (a bad access is missed if two random tags agree, 1 time in ${tags.count}, or if it stays inside the object's last granule of 16 bytes; kasan compare-modes shows which)`;
}

function testSummary({ tests }: ProgramResult): string[] {
  const count = (status: TestStatus) =>
    tests.flatMap(({ cases }) => cases).filter((one) => one.status === status).length;
  if (tests.length === 0) return [];
  return [`${plural(count("ok"), "test")} passed, ${count("not ok")} failed, ${count("skip")} skipped`];
}

function reportSummary(run: ProgramResult): string {
  const outside = reportsOutsideTests(run);
  const inside = run.reports.length - outside;
  if (inside === 0) return outside > 0 ? plural(outside, "KASAN report") : "no KASAN report";
  return `${plural(inside, "KASAN report")} in tests${outside > 0 ? ` and ${outside} outside them` : ""}`;
}
