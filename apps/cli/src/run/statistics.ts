import type { ProgramResult } from "@kasan/guest";
import { formatVmallocInfo, type MachineStatistics } from "@kasan/kernel";
import { plural } from "../plural.ts";

/** /proc/vmallocinfo. */
export const vmallocText = ({ vmallocInfo }: ProgramResult): string =>
  vmallocInfo.map((area) => `${formatVmallocInfo(area)}\n`).join("");

function pageShadowRows({ pageShadow }: MachineStatistics): [string, string][] {
  if (!pageShadow) return [];
  const { scheme, shadow, shadowPeak, pshadow, slowPaths, slowPathFlushes, localFlushes, flushes } = pageShadow;
  const kilo = (bytes: number) => `${bytes / 1024} KB`;
  return [
    [scheme, `${kilo(shadow)} of shadow for RAM, ${kilo(shadowPeak)} at most, and ${kilo(pshadow)} of pshadow`],
    ["slow path", `${slowPaths} entered, ${slowPathFlushes} with a flush of this CPU's TLB`],
    ["remapping", `${localFlushes} with a flush of one CPU, ${flushes} of all`],
  ];
}

/** What a run cost. */
export function statisticsText({ statistics: s }: ProgramResult): string {
  const mega = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  const rows: [string, string][] = [
    ["memory", mega(s.memory)],
    ["beyond memory", `${mega(s.overhead)} (TLBs, call stacks, stack depot, area records)`],
    ["pages", `${s.peakUsedPages} in use at most, ${s.freePages} free at the end`],
    [
      "shadow",
      `${mega(s.directShadow)} of the direct map, ${plural(s.vmallocShadowPages, "page")} of vmalloc and module space`,
    ],
    ...pageShadowRows(s),
    ["page tables", plural(s.pageTablePages, "page")],
    [
      "TLB",
      `${plural(s.tlbMisses, "miss").replace("misss", "misses")}, ${plural(s.tlbFlushes, "flush").replace("flushs", "flushes")}`,
    ],
    ["checks", `${s.slowChecks} that compiled code left to the runtime`],
    ["allocations", `${s.allocations}, ${s.frees} freed, ${s.quarantine} bytes in quarantine`],
    ["vmalloc areas", String(s.vmallocAreas)],
    ["stack depot", `${plural(s.stacks, "stack")}, ${s.depot} bytes`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}
