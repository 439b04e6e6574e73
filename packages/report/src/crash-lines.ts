import { LEVEL, lines, type ReportLine } from "./line.ts";
import type { CrashSite } from "./oops.ts";

/** The line above a warning or a `BUG()`. */
export const CUT_HERE = "------------[ cut here ]------------";

/** The line below an oops or a warning. */
export const END_TRACE = lines(LEVEL.WARNING, "---[ end trace 0000000000000000 ]---");

/** The line with which a panic starts. */
export function panicStart(message: string): ReportLine {
  return { level: LEVEL.EMERG, text: `Kernel panic - not syncing: ${message}` };
}

/** The line with which a panic ends. */
export function panicEnd(message: string): ReportLine {
  return { level: LEVEL.EMERG, text: `---[ end Kernel panic - not syncing: ${message} ]---` };
}

/** Which modules are loaded. */
export function modulesLine({ modules }: CrashSite): ReportLine[] {
  return lines(LEVEL.DEFAULT, `Modules linked in:${modules.map((name) => ` ${name}`).join("")}`);
}
