import { type ProgramResult, runProgram } from "@kasan/guest";
import type { PageShadowStatistics } from "@kasan/kernel";
import {
  compileOptions,
  type MachineFlags,
  machineOptions,
  openCache,
  pluginChoice,
} from "../commands/machine-options.ts";
import { pluginSource } from "../machine-plugins.ts";
import { type Verdict, verdict } from "./outcome.ts";
import type { Program } from "./programs.ts";

/** What a program came to under a scheme for the direct map's shadow. Bytes unless the name says otherwise. */
export interface PageOutcome extends PageShadowStatistics {
  /** Absent if nobody said what is wrong with the program. */
  readonly verdict?: Verdict;
  /** What was reported, in order: the kind of bug, and what was tried. */
  readonly reports: readonly string[];
  /** How the guest was stopped; absent if it came to its end. */
  readonly stopped?: string;
  /** Time that the run took, compiling included if nothing was cached. */
  readonly milliseconds: number;
}

/** How programs are run under each scheme. */
export interface PageFlags extends Omit<MachineFlags, "vmallocShadow" | "shadowScheme"> {
  readonly timeout: number;
}

/** Runs a program on a machine with a scheme. `parameters`: of its module. */
export async function runPaged(
  scheme: string,
  program: Program,
  flags: PageFlags,
  parameters: readonly (readonly [string, string])[] = [],
): Promise<PageOutcome> {
  const cpus = Math.max(flags.cpus, program.expected?.cpus ?? 1);
  const stack = program.expected?.vmapStack ? { vmapStack: true } : {};
  const machineFlags: MachineFlags = { ...flags, ...stack, cpus, vmallocShadow: "lazy", shadowScheme: scheme };
  const machine = machineOptions(machineFlags);
  const start = performance.now();
  const result = await runProgram({
    files: program.files,
    machine,
    plugins: pluginSource(pluginChoice(machineFlags)),
    compile: compileOptions(machineFlags, machine.architecture),
    run: { parameters, timeout: flags.timeout },
    cache: openCache(),
    log: () => {},
  });
  const milliseconds = Math.round(performance.now() - start);
  const { reports, stopped } = result;
  return {
    ...costs(scheme, result),
    ...(program.expected && { verdict: verdict(program.expected, result) }),
    reports: reports.map(({ bugType, access }) => `${bugType} ${access.kind}`),
    ...(stopped !== undefined && { stopped }),
    milliseconds,
  };
}

/** With a byte for each granule, all shadow is there from boot on, and nothing is looked at twice. */
function costs(scheme: string, { statistics }: ProgramResult): PageShadowStatistics {
  const { directShadow: shadow, pageShadow } = statistics;
  const none = { pshadow: 0, slowPaths: 0, slowPathFlushes: 0, localFlushes: 0, flushes: 0 };
  return pageShadow ?? { scheme, shadow, shadowPeak: shadow, ...none };
}
