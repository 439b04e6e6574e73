import { type ShadowFault, spellAddress } from "@kasan/shadow";
import { LEVEL, lines, type ReportLine } from "./line.ts";
import type { BugTrap, CrashSite, Oops } from "./oops.ts";

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

/** The loaded modules. */
export function modulesLine({ modules }: CrashSite): ReportLine[] {
  return lines(LEVEL.DEFAULT, `Modules linked in:${modules.map((name) => ` ${name}`).join("")}`);
}

/** KASAN's comment on an address that faulted (`kasan_non_canonical_hook` in `mm/kasan/report.c`). */
export function shadowFaultLine({ type, first, last }: ShadowFault): string {
  return `KASAN: ${type} in range [${spellAddress(first)}-${spellAddress(last)}]`;
}

/** The lines of a `BUG()` before the oops line (`report_bug` in `lib/bug.c`). */
export function bugLines({ file, line }: BugTrap): ReportLine[] {
  return [...lines(LEVEL.DEFAULT, CUT_HERE), ...lines(LEVEL.CRIT, `kernel BUG at ${file}:${line}!`)];
}

/** The panic that followed an oops, if one did. */
export function panicLines({ panic }: Oops): ReportLine[] {
  return panic === undefined ? [] : [panicStart(panic), panicEnd(panic)];
}
