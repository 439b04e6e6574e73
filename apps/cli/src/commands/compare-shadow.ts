import { SCHEMES } from "@kasan/vmalloc";
import { type Command, Option } from "commander";
import { picturePage, tableSection } from "../chart/page.ts";
import { shadowPicture } from "../chart/shadow-pages.ts";
import { comparePages } from "../compare/compare-pages.ts";
import { type CompareFlags as RunFlags, runUnder } from "../compare/outcome.ts";
import { commonPrograms, describedProgram, type Program } from "../compare/programs.ts";
import { type Compared, commonTables, programTable, type Section, schemeTotals } from "../compare/tables.ts";
import { textOf } from "../compare/text.ts";
import { ExitCode } from "../exit-codes.ts";
import { ProgressLine, type Streams } from "../output.ts";
import { parsePageSchemes, parseSchemes, parseSeconds } from "../values.ts";
import { addOutputOptions, type OutputFlags, writeForms } from "./output-options.ts";
import { addMachineOptions } from "./run.ts";

interface CompareFlags extends RunFlags, OutputFlags {
  readonly vmallocShadow: string[];
  readonly shadowScheme?: string[];
  readonly common?: boolean;
}

const EXAMPLES = `
Without a file, a common set of programs is run: in bounds, past the end, in the guard page, after vfree() before and after the
purge, in a neighbour's area, on a stack in vmalloc space, a module's global variable. Their sources say what is wrong with each:
a comment with a line "expect: KIND OF BUG" or "expect: nothing", which works for programs of your own too.

Verdicts: detected: KASAN reported the bug, and with a * the machine crashed after that. missed: nobody noticed. crashed: without a
report. false report: of something else. clean: nothing is wrong, and nothing was reported.

Examples:
  kasan compare-shadow                               what each scheme finds, misses and costs
  kasan compare-shadow --html compare.html           the same as a page with charts of the pages of shadow over time
  kasan compare-shadow bug.c                         a program of your own
  kasan compare-shadow bug.c --vmalloc-shadow lazy,flip
  kasan compare-shadow bug.c --format json -o a.json with the pages of shadow over time
  kasan compare-shadow --shadow-scheme all           shadow of the direct map: a byte for 8 bytes, or for a page
  kasan compare-shadow --shadow-scheme all --html pages.html   with a chart: page cache against shadow

Exit codes: 0 compared, 2 bad usage or input, 70 a defect of kasan.
`;

/** Adds `kasan compare-shadow`. */
export function addCompareShadow(program: Command, streams: Streams, done: (code: number) => void): void {
  const command = program
    .command("compare-shadow")
    .summary("run programs under every vmalloc shadow scheme, side by side")
    .description(
      "Runs programs once under each way to back vmalloc space with shadow, and prints what each found, missed and cost.",
    )
    .argument("[file...]", "C files, or one WebAssembly file; by default a common set of programs");
  addMachineOptions(command)
    .addOption(
      new Option("--vmalloc-shadow <schemes>", "schemes, with commas between them, or all")
        .argParser(parseSchemes)
        .default(Object.keys(SCHEMES), "all"),
    )
    .addOption(
      new Option(
        "--shadow-scheme <schemes>",
        "compare schemes for the direct map's shadow instead, with commas between them, or all",
      )
        .argParser(parsePageSchemes)
        .conflicts("vmallocShadow"),
    )
    .addOption(new Option("--common", "run the common set of programs, beside the files if there are any"))
    .addOption(new Option("--timeout <seconds>", "stop a run after this time").argParser(parseSeconds).default(60));
  addOutputOptions(command, "charts of the pages of shadow over time")
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], { shadowScheme, ...flags }: CompareFlags) =>
      done(
        shadowScheme ? await comparePages(files, shadowScheme, flags, streams) : await compare(files, flags, streams),
      ),
    );
}

async function compare(files: string[], flags: CompareFlags, streams: Streams): Promise<number> {
  const own = files.length > 0 ? [await describedProgram(files[0], files)] : [];
  const common = files.length === 0 || flags.common ? await commonPrograms() : [];
  const compared = await runAll([...common, ...own], flags, streams);
  const sections =
    common.length > 0 ? commonTables(compared) : [{ title: "", rows: programTable(compared[0].outcomes) }];
  const title = common.length > 0 ? "vmalloc shadow schemes compared" : `vmalloc shadow schemes: ${files.join(", ")}`;
  const svg = () => shadowPicture(title, compared.map(chart));
  const forms = {
    text: () => textOf(sections, streams, flags.output),
    json: () => toJson(compared, common.length > 0),
    svg: () => `${svg()}\n`,
    html: () => picturePage(title, svg(), htmlSections(compared, sections)),
  };
  await writeForms(flags, forms, streams);
  return ExitCode.clean;
}

async function runAll(programs: readonly Program[], flags: CompareFlags, streams: Streams): Promise<Compared[]> {
  const progress = new ProgressLine(streams);
  const schemes = flags.vmallocShadow;
  const compared: Compared[] = [];
  let runs = 0;
  try {
    for (const program of programs) {
      const outcomes = [];
      for (const scheme of schemes) {
        progress.show(`${program.name} under ${scheme} (${++runs} of ${programs.length * schemes.length})`);
        outcomes.push(await runUnder(scheme, program, flags));
      }
      compared.push({ program, outcomes });
    }
  } finally {
    progress.clear();
  }
  return compared;
}

function toJson(compared: readonly Compared[], common: boolean): unknown {
  if (!common) return { files: compared[0].program.files, schemes: compared[0].outcomes };
  const programs = compared.map(({ program: { name, about, expected }, outcomes }) => ({
    name,
    about,
    ...(expected && { expected: expected.bug ?? "nothing" }),
    schemes: outcomes,
  }));
  return { programs, totals: schemeTotals(compared) };
}

function htmlSections(compared: readonly Compared[], sections: readonly Section[]): string[] {
  const each = compared.map(({ program, outcomes }) =>
    tableSection(program.name, programTable(outcomes), program.about || undefined),
  );
  return [...sections.filter(({ title }) => title !== "").map(({ title, rows }) => tableSection(title, rows)), ...each];
}

/** Microseconds, so that ticks are short. */
function chart({ program, outcomes }: Compared) {
  const series = outcomes.map(({ scheme, history }) => ({
    name: scheme,
    points: history.map(([time, pages]) => [time / 1000, pages] as const),
  }));
  return { title: `${program.name}: pages of shadow`, xLabel: "microseconds of the machine's clock", series };
}
