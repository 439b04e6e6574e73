import type { ParsedReport } from "../parse/parsed.ts";
import { faultRange, tags, task, wildness } from "./access.ts";
import type { Check, CheckResult } from "./check.ts";
import { reliability, strangers, wholeness } from "./damage.ts";
import { caret, rows, shadow } from "./memory.ts";
import { cache, distance, lifetime, region } from "./object.ts";
import { variables } from "./stack.ts";

export type { CheckResult } from "./check.ts";

const CHECKS: readonly Check[] = [
  wholeness,
  reliability,
  strangers,
  task,
  wildness,
  faultRange,
  tags,
  cache,
  region,
  distance,
  lifetime,
  variables,
  rows,
  caret,
  shadow,
];

/**
 * Checks a report against itself: what it says twice must agree. What it says once is not among the results.
 *
 * @example
 * ```ts
 * import { readFileSync } from "node:fs";
 * import { checkReport, parseLog } from "@kasan/report";
 *
 * const [report] = parseLog(readFileSync("dmesg.log")).reports;
 * console.log(checkReport(report!).every(({ ok }) => ok)); // true
 * ```
 */
export function checkReport(report: ParsedReport): CheckResult[] {
  return CHECKS.flatMap((check) => check(report) ?? []);
}
