import { runProgram } from "@kasan/guest";
import { KasanError } from "@kasan/shadow";
import { type MachineFlags, programOptions } from "../commands/machine-options.ts";
import type { Measurement } from "./results.ts";
import { parseSummaries, TESTS } from "./summaries.ts";

/** How the benchmark is run. */
export interface BenchPlan {
  /** The kernel's lib/test_vmalloc.c. */
  readonly file: string;
  readonly cpus: readonly number[];
  readonly loops: number;
  readonly repeat: number;
  /** Names of tests. */
  readonly tests: readonly string[];
  /** `off`, `early` and other schemes. */
  readonly configurations: readonly string[];
  /** Bytes of RAM. */
  readonly memory: number;
  readonly instrument: MachineFlags["instrument"];
  /** Seconds after which a run is given up. */
  readonly timeout: number;
}

/** A run that did not come to its end. */
class BenchError extends KasanError {
  constructor(where: string, why: string) {
    super("BENCH", `${where}: ${why}`);
    this.name = "BenchError";
  }
}

/** Describes a step of the plan, for the progress bar. */
export interface Step {
  readonly done: number;
  readonly all: number;
  readonly what: string;
}

/** Loops of the runs before the first measurement, so that none of them pays for what is compiled as it is used. */
const WARM_UP_LOOPS = 20;

/**
 * Runs the whole plan, in this process, one run after the other. Each repeat has every configuration once, and begins
 * with another one, so that what disturbs the host spreads.
 *
 * @throws {@link BenchError} if a run does not come to its end
 */
export async function runBench(plan: BenchPlan, onStep: (step: Step) => void): Promise<Measurement[]> {
  const { configurations, cpus, repeat } = plan;
  const runs = schedule(plan);
  const warmUps = [configurations[0], configurations[configurations.length - 1]];
  const all = runs.length + warmUps.length;
  let done = 0;
  for (const configuration of warmUps) {
    onStep({ done: done++, all, what: "warming up" });
    await measure({ ...plan, loops: Math.min(plan.loops, WARM_UP_LOOPS) }, cpus[0], configuration);
  }
  const measurements: Measurement[] = [];
  for (const { on, configuration, round } of runs) {
    const what = `${configuration}, CPUs: ${on}${repeat > 1 ? `, repeat ${round + 1} of ${repeat}` : ""}`;
    onStep({ done: done++, all, what });
    measurements.push(await measure(plan, on, configuration));
  }
  return inOrder(measurements, configurations);
}

/** The order of the runs. */
export function schedule({ cpus, configurations, repeat }: Pick<BenchPlan, "cpus" | "configurations" | "repeat">) {
  return Array.from({ length: repeat }, (_, round) =>
    cpus.flatMap((on) => {
      const first = round % configurations.length;
      const turned = [...configurations.slice(first), ...configurations.slice(0, first)];
      return turned.map((configuration) => ({ on, configuration, round }));
    }),
  ).flat();
}

const inOrder = (measurements: readonly Measurement[], configurations: readonly string[]): Measurement[] =>
  configurations.flatMap((name) => measurements.filter(({ configuration }) => configuration === name));

/** One run of the module, with as many workers as there are CPUs. */
async function measure(plan: BenchPlan, cpus: number, configuration: string): Promise<Measurement> {
  const lines: string[] = [];
  const mask = plan.tests.reduce((bits, test) => bits | TESTS[test], 0);
  const { stopped, reports } = await runProgram({
    ...(await programOptions(flagsFor(plan, cpus, configuration))),
    files: [plan.file],
    run: {
      parameters: [
        ["nr_threads", String(cpus)],
        ["test_loop_count", String(plan.loops)],
        ["run_test_mask", String(mask)],
      ],
      timeout: plan.timeout,
    },
    log: ({ text }) => lines.push(text),
  });
  const where = `${plan.file} with ${configuration} on ${cpus} CPUs`;
  if (stopped !== undefined) throw new BenchError(where, `the guest was stopped (${stopped}): ${lines.at(-1) ?? ""}`);
  if (reports.length > 0) throw new BenchError(where, `KASAN reported ${reports[0].bugType}`);
  const tests = parseSummaries(lines);
  const missing = plan.tests.filter((test) => !tests.some((summary) => summary.test === test));
  if (missing.length > 0) throw new BenchError(where, `the log has no summary of ${missing.join(", ")}`);
  return { cpus, configuration, tests };
}

function flagsFor(plan: BenchPlan, cpus: number, configuration: string): MachineFlags {
  const off = configuration === "off";
  return {
    arch: "x86_64",
    mode: off ? "off" : "generic",
    vmallocShadow: off ? "lazy" : configuration,
    instrument: plan.instrument,
    memory: plan.memory,
    cpus,
    clock: "real",
    seed: 0,
    without: [],
    useAfterScope: true,
    include: [],
    define: [],
    optimize: "2",
    auto: true,
  };
}
