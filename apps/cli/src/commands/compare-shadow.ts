import { type ProgramResult, runProgram } from "@kasan/guest";
import { SCHEMES } from "@kasan/vmalloc";
import { type Command, Option } from "commander";
import { ExitCode } from "../exit-codes.ts";
import { pluginSource } from "../machine-plugins.ts";
import { ProgressLine, type Streams, writeWhole } from "../output.ts";
import { table } from "../table.ts";
import { parseSchemes } from "../values.ts";
import { compileOptions, type MachineFlags, machineOptions, openCache, pluginChoice } from "./machine-options.ts";
import { addMachineOptions } from "./run.ts";

interface CompareFlags extends Omit<MachineFlags, "vmallocShadow"> {
  readonly vmallocShadow: string[];
  readonly timeout: number;
  readonly format: "text" | "json";
  readonly output?: string;
}

/** What a program came to under a scheme. Pages unless the name says otherwise. */
interface Outcome {
  readonly scheme: string;
  readonly reports: readonly string[];
  readonly stopped: string | undefined;
  readonly shadowPagesPeak: number;
  readonly shadowPagesAtEnd: number;
  readonly pageTablePages: number;
  readonly tlbFlushes: number;
  readonly milliseconds: number;
  /** Virtual nanoseconds and pages of shadow, at each change. */
  readonly history: readonly (readonly [time: number, pages: number])[];
}

const EXAMPLES = `
Examples:
  kasan compare-shadow bug.c                         what each scheme finds, misses and costs
  kasan compare-shadow bug.c --vmalloc-shadow lazy,flip
  kasan compare-shadow bug.c --format json -o a.json with the pages of shadow over time

Exit codes: 0 compared, 2 bad usage or input, 70 a defect of kasan.
`;

/** Adds `kasan compare-shadow`. */
export function addCompareShadow(program: Command, streams: Streams, done: (code: number) => void): void {
  const command = program
    .command("compare-shadow")
    .summary("run a program under every vmalloc shadow scheme, side by side")
    .description(
      "Runs a program once under each way to back vmalloc space with shadow, and prints what each found and cost.",
    )
    .argument("<file...>", "C files, or one WebAssembly file");
  addMachineOptions(command)
    .addOption(
      new Option("--vmalloc-shadow <schemes>", "schemes, with commas between them, or all")
        .argParser(parseSchemes)
        .default(Object.keys(SCHEMES), "all"),
    )
    .addOption(new Option("--timeout <seconds>", "stop a run after this time").argParser(Number).default(60))
    .addOption(new Option("--format <name>", "form of the output").choices(["text", "json"]).default("text"))
    .addOption(new Option("-o, --output <file>", "write the output to a file, whole or not at all"))
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], flags: CompareFlags) => done(await compare(files, flags, streams)));
}

async function compare(files: string[], flags: CompareFlags, streams: Streams): Promise<number> {
  const progress = new ProgressLine(streams);
  const outcomes: Outcome[] = [];
  try {
    for (const scheme of flags.vmallocShadow) {
      progress.show(`${scheme} (${outcomes.length + 1} of ${flags.vmallocShadow.length})`);
      outcomes.push(await runUnder(scheme, files, flags));
    }
  } finally {
    progress.clear();
  }
  const text =
    flags.format === "json"
      ? `${JSON.stringify({ files, schemes: outcomes }, undefined, 2)}\n`
      : table([HEAD, ...outcomes.map(row)]);
  if (flags.output === undefined) streams.out(text);
  else await writeWhole(flags.output, text);
  return ExitCode.clean;
}

async function runUnder(scheme: string, files: string[], flags: CompareFlags): Promise<Outcome> {
  const machineFlags = { ...flags, vmallocShadow: scheme };
  const options = machineOptions(machineFlags);
  const history: [number, number][] = [];
  const start = performance.now();
  const result = await runProgram({
    files,
    plugins: pluginSource(pluginChoice(machineFlags)),
    machine: { ...options, onVmallocShadow: (time, pages) => void history.push([time, pages]) },
    compile: compileOptions(machineFlags, options.architecture.layout.shadowOffset),
    run: { parameters: [], timeout: flags.timeout },
    cache: openCache(),
    log: () => {},
  });
  return outcome(scheme, result, history, performance.now() - start);
}

function outcome(
  scheme: string,
  { reports, stopped, statistics }: ProgramResult,
  history: Outcome["history"],
  milliseconds: number,
): Outcome {
  return {
    scheme,
    reports: reports.map(({ bugType, access }) => `${bugType} ${access.kind}`),
    stopped,
    shadowPagesPeak: history.reduce((peak, [, pages]) => Math.max(peak, pages), 0),
    shadowPagesAtEnd: statistics.vmallocShadowPages,
    pageTablePages: statistics.pageTablePages,
    tlbFlushes: statistics.tlbFlushes,
    milliseconds: Math.round(milliseconds),
    history,
  };
}

const HEAD = ["scheme", "found", "shadow peak", "at the end", "page tables", "flushes", "ms"];

function row(one: Outcome): string[] {
  const counts = new Map<string, number>();
  for (const report of one.reports) counts.set(report, (counts.get(report) ?? 0) + 1);
  const found = [...counts].map(([report, count]) => (count === 1 ? report : `${count} x ${report}`));
  if (one.stopped !== undefined) found.push(`then ${one.stopped}`);
  const numbers = [one.shadowPagesPeak, one.shadowPagesAtEnd, one.pageTablePages, one.tlbFlushes, one.milliseconds];
  return [one.scheme, found.join(", ") || "nothing", ...numbers.map(String)];
}
