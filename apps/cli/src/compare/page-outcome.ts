import type { MachineStatistics, PageShadowStatistics } from "@kasan/kernel";
import { type JudgedFlags, type RunOutcome, runJudged } from "./judged-run.ts";
import type { Program } from "./programs.ts";

/** The outcome of a program under a scheme for the direct map's shadow. Bytes unless the name says otherwise. */
export interface PageOutcome extends PageShadowStatistics, RunOutcome {}

/** How programs are run under each scheme. */
export type PagedFlags = Omit<JudgedFlags, "vmallocShadow" | "shadowScheme">;

/** Runs a program on a machine with a scheme. `parameters`: of its module. */
export async function runPaged(
  scheme: string,
  program: Program,
  flags: PagedFlags,
  parameters: readonly (readonly [string, string])[] = [],
): Promise<PageOutcome> {
  const cpus = Math.max(flags.cpus, program.expected?.cpus ?? 1);
  const stack = program.expected?.vmapStack ? { vmapStack: true } : {};
  const machineFlags = { ...flags, ...stack, cpus, vmallocShadow: "lazy", shadowScheme: scheme };
  const { outcome, statistics } = await runJudged(program, machineFlags, { parameters });
  return { ...costs(scheme, statistics), ...outcome };
}

/** With a byte for each granule, all shadow is there from boot on, and nothing is looked at twice. */
function costs(scheme: string, { directShadow: shadow, pageShadow }: MachineStatistics): PageShadowStatistics {
  const none = { pshadow: 0, slowPaths: 0, slowPathFlushes: 0, localFlushes: 0, flushes: 0 };
  return pageShadow ?? { scheme, shadow, shadowPeak: shadow, ...none };
}
