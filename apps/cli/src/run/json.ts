import type { BuiltTree, ProgramResult } from "@kasan/guest";
import { formatLogLine, type LogLine } from "@kasan/kernel";
import { toJson } from "@kasan/report";
import { spellAddress } from "@kasan/shadow";

/** A run as data. */
export function toJsonText(
  result: ProgramResult,
  tree: BuiltTree | undefined,
  log: readonly LogLine[],
  exitCode: number,
): string {
  const output = {
    version: 1,
    exitCode,
    end: endOf(result),
    ...(tree && { source: { compiledIn: tree.files, missing: tree.missing } }),
    log: log.map(formatLogLine),
    reports: result.reports.map((report) => toJson(report)),
    ...(result.tests.length > 0 && { tests: result.tests }),
    stats: {
      ...result.statistics,
      warnings: result.warnings,
      vmallocinfo: result.vmallocInfo.map((area) => ({
        ...area,
        start: spellAddress(area.start),
        end: spellAddress(area.end),
      })),
    },
  };
  return `${JSON.stringify(output, undefined, 2)}\n`;
}

/** What the last function returned, or why the guest was stopped and, at the timeout, where it was. */
function endOf({ stopped, result = 0, timeoutSite: site }: ProgramResult) {
  if (stopped === undefined) return { returned: result };
  if (!site) return { stopped };
  return { stopped, task: site.task, cpu: site.cpu, function: site.frame?.symbol, module: site.frame?.module };
}
