import { availableParallelism } from "node:os";
import { Argument, type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { architectures } from "@kasan/architectures";
import { type PropertyInfo, type Replayed, type Trace, VARIANTS } from "@kasan/explore";
import { KasanError, PAGE_SCHEMES } from "@kasan/shadow";
import { SCHEMES } from "@kasan/vmalloc";
import { sectionPage, tableSection } from "../chart/page.ts";
import { CheckError } from "../check/error.ts";
import type { Mutation } from "../check/mutate.ts";
import type { CheckJob } from "../check/request.ts";
import { painterFor } from "../colours.ts";
import { ExitCode } from "../exit-codes.ts";
import { ProgressLine, type Streams, writeWhole } from "../output.ts";
import { OutputFile } from "../output-file.ts";
import type { Extensions } from "../plugins/extensions.ts";
import { table } from "../table.ts";
import { collect, parseAtLeastOne, parseCount, parseSize } from "../values.ts";
import { openChoices, pluginOption } from "./architectures.ts";
import { addOptions, type FlagsOf } from "./flags.ts";
import { formatOptions, jsonText, type OutputFlags, writeForms } from "./output-options.ts";

const EXAMPLES = `
A scheme is one that kasan run knows (for vmalloc space ${Object.keys(SCHEMES).join(", ")}; for the direct map
${Object.keys(PAGE_SCHEMES).join(", ")}), a variant with a known bug, or a plugin's.
all: every shipped scheme. variants: every variant. Without --cpu, a scheme runs all programs of 3 operations on 2 CPUs and of 2 on 3;
a variant runs the operations that show its bug.

Operations, with semicolons between them:
  allocate A PAGES   vmalloc() of an area, which gets the name A
  free A             vfree() of it
  purge              the lazy purge
  use A              a good access to its first byte, if it is there
  overrun A          a bad access, to its guard page
  stale A            a use-after-free of its first byte, if it was freed
  stray PAGE         an access to a page of the region, bad if no area has it
  bystand PAGE       a good access to a page outside all areas, which relies on unused shadow
  reuse              somebody else allocates a page, writes to it and frees it
  take KIND PAGE     a page of the direct map is allocated, as kernel or user memory, if it is free
  give PAGE          it is freed, if it is in use
  access PAGE        an access to it: good if it is in use, bad if it is free
  redzone PAGE       an access to a redzone in it: bad if it is free or kernel memory; other memory has none

Examples:
  kasan check populate-release-race                 the classic race and its interleaving
  kasan check all                                   which properties hold for which scheme on which architecture
  kasan check lazy --arch arm64 --bounds 2x4        more operations
  kasan check lazy --cpu "allocate a 1; use a" --cpu "allocate b 1" --cpu purge --setup "allocate z 1; free z"
  kasan check variants --format html -o races.html  a timeline of each
  kasan check lazy --mutate                         what can be left out unnoticed, and why
  kasan check --benchmark                           known bugs: states and steps, to compare with other explorers
  kasan check unlocked-count --trace race.json
  kasan check per-page --cpu "take kernel 0; access 0" --cpu "access 0; take user 1"
  kasan check --replay race.json                    the same, step by step
  kasan check lazy --plugin mine.ts                 properties and schemes of your own
  kasan check lazy --bounds 3x3 --resume work.ckpt  resumes where it was killed

Takes about 1 s for a variant, 5 s for a scheme on one architecture, minutes for all.
Exit codes: 0 all properties hold, 1 one does not, 2 bad usage or input, 4 nothing breaks one, but not everything was explored
(--memory, --depth, --preemptions), 70 a bug in kasan. With --benchmark, bugs are expected, and 0 says that it was done.
`;

/** Options that say what a trace says, or what is done with what an exploration finds. */
const NOT_FOR_REPLAY = (
  "arch cpu setup bounds property reduction depth preemptions memory jobs tlbInvalid pages frames storeBuffer first mutate " +
  "benchmark trace resume"
).split(" ");

/** What can be explored without a plugin. */
const SCHEME_NAMES = [
  ...Object.keys(SCHEMES),
  ...Object.keys(PAGE_SCHEMES),
  ...VARIANTS.map(({ name }) => name),
  "all",
  "variants",
];

function declareCheck(program: Command) {
  const command = program
    .command("check")
    .summary("explore every interleaving of a shadow scheme")
    .description(
      "Runs the code of shadow schemes through every interleaving of its steps, on real page-table bits, and says which properties hold.",
    )
    .addArgument(openChoices(new Argument("[scheme...]", "schemes or variants"), SCHEME_NAMES))
    .addOption(
      openChoices(new Option("--arch <names>", "architectures").argParser(parseArchitectures).default(["all"], "all"), [
        ...architectures.names,
        "all",
      ]),
    )
    .addOption(
      new Option("--cpu <operations>", "operations of one CPU; repeat for each CPU")
        .argParser(collect)
        .default([], "a suite"),
    )
    .addOption(new Option("--setup <operations>", "operations before the CPUs start"))
    .addOption(
      new Option("--bounds <list>", "suites: CPUs x operations").argParser(parseBounds).default(
        [
          { cpus: 2, operations: 3 },
          { cpus: 3, operations: 2 },
        ],
        "2x3,3x2",
      ),
    )
    .addOption(new Option("--property <names>", "only these properties").argParser((text) => text.split(",")))
    .addOption(pluginOption("schemes, properties or platforms"))
    .addOption(new Option("--no-reduction", "also explore orders that no other CPU can notice"))
    .addOption(new Option("--depth <steps>", "bound the length of interleavings").argParser(parseAtLeastOne))
    .addOption(new Option("--preemptions <count>", "bound how often a CPU is preempted").argParser(parseCount))
    .addOption(
      new Option("--memory <size>", "memory for the states of one scenario")
        .argParser(parseSize)
        .default(2 ** 30, "1G"),
    )
    .addOption(
      new Option("--jobs <threads>", "threads for the scenarios of a suite")
        .argParser(parseAtLeastOne)
        .default(availableParallelism(), "one for each processor"),
    )
    .addOption(new Option("--tlb-invalid", "TLBs also remember invalid entries, as on RISC-V"))
    .addOption(new Option("--pages <count>", "pages of vmalloc space").argParser(parseCount).default(16))
    .addOption(new Option("--frames <count>", "pages of RAM for shadow and tables").argParser(parseCount).default(6))
    .addOption(new Option("--store-buffer <count>", "entries of each store buffer").argParser(parseCount).default(4))
    .addOption(new Option("--first", "stop a scenario at its first violation"))
    .addOption(
      new Option(
        "--mutate",
        "leave out one barrier, lock, flush, fill or re-check at a time, print which property notices, and why none may",
      ).conflicts(["trace", "resume", "first"]),
    )
    .addOption(
      new Option(
        "--benchmark",
        "print states, steps and time with the reduction and without, to compare with other explorers; of all variants by default",
      ).conflicts(["trace", "resume", "mutate"]),
    )
    .addOption(
      new Option("--replay <file>", "run an interleaving from a file that --trace wrote").conflicts(NOT_FOR_REPLAY),
    )
    .addOption(new OutputFile("--trace <file>", "write the first violation to a file, for --replay"))
    .addOption(new OutputFile("--resume <file>", "keep a checkpoint in this file, and resume from it"));
  return addOptions(
    command,
    formatOptions(["json", "html"], "output format; html is a page with the matrix and timelines"),
  ).addHelpText("after", EXAMPLES);
}

/** The flags of `kasan check`. */
export type CheckFlags = FlagsOf<typeof declareCheck>;

/** Adds `kasan check`. */
export function addCheck(program: Command, streams: Streams, done: (code: number) => void): void {
  declareCheck(program).action(async (schemes, flags) => done(await check(schemes, flags, streams)));
}

async function check(names: string[], flags: CheckFlags, streams: Streams): Promise<number> {
  // The explorer is loaded only when it is needed.
  const [{ Extensions: Loaded }, { PluginError }] = await Promise.all([
    import("../plugins/extensions.ts"),
    import("../plugins/plugin.ts"),
  ]);
  const extensions = await Loaded.load(flags.plugin);
  if (flags.plugin === undefined) return checkWith(extensions, names, flags, streams);
  try {
    return await checkWith(extensions, names, flags, streams);
  } catch (error) {
    // The schemes that ship can be made: this one is the plugin's.
    if (error instanceof KasanError && error.code === "SCHEME") throw new PluginError(flags.plugin, error.message);
    throw error;
  }
}

async function checkWith(
  extensions: Extensions,
  names: string[],
  flags: CheckFlags,
  streams: Streams,
): Promise<number> {
  const { jobsOf, propertiesOf } = await import("../check/jobs.ts");
  if (flags.replay !== undefined) {
    if (names.length > 0) throw new CheckError("--replay FILE says which scheme it is of; give no other");
    return replayTrace(flags.replay, flags, streams, extensions);
  }
  if (names.length === 0 && !flags.benchmark)
    throw new CheckError("no scheme; give one, all, variants, or --replay FILE");
  const properties = propertiesOf(flags, extensions);
  const jobs = jobsOf(names.length === 0 ? ["variants"] : names, flags, extensions);
  const progress = new ProgressLine(streams);
  try {
    if (flags.benchmark) return await benchmark(jobs, flags, streams, progress);
    return flags.mutate
      ? await checkMutations(jobs, flags, streams, progress, properties)
      : await checkJobs(jobs, flags, streams, progress, properties);
  } finally {
    progress.clear();
  }
}

async function benchmark(
  jobs: CheckJob[],
  flags: CheckFlags,
  streams: Streams,
  progress: ProgressLine,
): Promise<number> {
  const [{ benchmarkJson, benchmarkRows, runBenchmark }, { whatWasExplored }] = await Promise.all([
    import("../check/benchmark.ts"),
    import("../check/jobs.ts"),
  ]);
  const rows = await runBenchmark(jobs, { threads: flags.jobs, progress });
  progress.clear();
  const what = whatWasExplored(flags);
  const forms = {
    text: () => `${table(benchmarkRows(rows))}\n${what}\n`,
    json: () => jsonText(benchmarkJson(rows, what)),
    html: () => sectionPage("Known bugs as a benchmark", [tableSection({ title: what, rows: benchmarkRows(rows) })]),
  };
  await writeForms(flags, forms, streams);
  return ExitCode.clean;
}

async function checkJobs(
  jobs: CheckJob[],
  flags: CheckFlags,
  streams: Streams,
  progress: ProgressLine,
  properties: readonly PropertyInfo[],
): Promise<number> {
  const [{ runJobs }, { Checkpoint }, { isExhausted, jsonOf, textOf }, { checkPage }, { whatWasExplored }] =
    await Promise.all([
      import("../check/run-jobs.ts"),
      import("../check/checkpoint.ts"),
      import("../check/report.ts"),
      import("../check/page.ts"),
      import("../check/jobs.ts"),
    ]);
  const checkpoint = flags.resume === undefined ? undefined : new Checkpoint(flags.resume, jobs);
  const summaries = await runJobs(jobs, { threads: flags.jobs, progress, checkpoint });
  progress.clear();
  const what = whatWasExplored(flags);
  const traces = summaries.flatMap((summary) => summary.traces);
  if (flags.trace !== undefined) {
    if (traces[0]) await writeWhole(flags.trace, `${JSON.stringify(traces[0], undefined, 1)}\n`);
    else streams.err(`kasan: nothing breaks: ${flags.trace} is not written\n`);
  }
  const forms = {
    text: () => textOf(summaries, properties, what, widthOf(streams), painterFor(streams, flags.output)),
    json: () => jsonText(jsonOf(summaries, properties, what)),
    html: () => checkPage(summaries, properties, what),
  };
  await writeForms(flags, forms, streams);
  checkpoint?.remove();
  if (traces.length > 0) return ExitCode.bugs;
  return summaries.every(isExhausted) ? ExitCode.clean : ExitCode.unfinished;
}

/** Columns of text that is not for a terminal. */
const TEXT_WIDTH = 120;

/** Columns of a table of an interleaving. */
const widthOf = (streams: Streams): number =>
  streams.outIsTerminal ? Math.max(60, process.stdout.columns ?? TEXT_WIDTH) : TEXT_WIDTH;

async function checkMutations(
  jobs: readonly CheckJob[],
  flags: CheckFlags,
  streams: Streams,
  progress: ProgressLine,
  properties: readonly PropertyInfo[],
): Promise<number> {
  const output = withoutPage(flags);
  const [{ allExhausted, mutate, mutationsText }, { whatWasExplored }] = await Promise.all([
    import("../check/mutate.ts"),
    import("../check/jobs.ts"),
  ]);
  const names = properties.map(({ name }) => name);
  const mutations: Mutation[] = [];
  for (const job of jobs) mutations.push(...(await mutate(job, names, progress)));
  progress.clear();
  const explored = whatWasExplored(flags);
  const forms = {
    text: () => mutationsText(mutations, explored, painterFor(streams, flags.output)),
    json: () => jsonText({ version: 1, explored, mutations }),
  };
  await writeForms(output, forms, streams);
  return allExhausted(mutations) ? ExitCode.clean : ExitCode.unfinished;
}

async function replayTrace(path: string, flags: CheckFlags, streams: Streams, extensions: Extensions): Promise<number> {
  const output = withoutPage(flags);
  const [{ replayFile }, { traceText }] = await Promise.all([
    import("../check/replay-file.ts"),
    import("../check/report.ts"),
  ]);
  const { trace: was, steps, same, broken, what } = await replayFile(path, extensions);
  const trace = { ...was, steps };
  const forms = {
    text: () =>
      `${traceText(trace, widthOf(streams), painterFor(streams, flags.output))}${verdictOf(was, { steps, same, broken, what })}`,
    json: () => jsonText({ version: 1, same, broken, what, trace }),
  };
  await writeForms(output, forms, streams);
  return broken ? ExitCode.bugs : ExitCode.clean;
}

/** The flags for results of which there is no page. @throws {@link CheckError} if one is asked for */
function withoutPage({ format, output }: CheckFlags): OutputFlags<"text" | "json"> {
  if (format === "html") throw new CheckError("--mutate and --replay have no page; give --format text or json");
  return { format, output };
}

/** Whether the code does what it did when the trace was written, and whether that is still wrong. */
function verdictOf({ property }: Trace, { same, broken, what }: Replayed): string {
  const other = broken === same ? "" : "The code takes other steps than when this was written.\n";
  const why = what === "" ? "" : `: ${what}`;
  return `${other}${broken ? `${property} is still violated at the end${why}` : `${property} is not violated any more`}.\n`;
}

/** Names of architectures, which a plugin may bring, with commas between them. */
const parseArchitectures = (text: string): string[] => [...new Set(text.split(","))];

function parseBounds(text: string): { cpus: number; operations: number }[] {
  return text.split(",").map((part) => {
    const match = /^([1-6])x([1-9])$/.exec(part.trim());
    if (!match) throw new InvalidArgumentError(`"${part}" is not a bound; write CPUs x operations, like 2x3.`);
    return { cpus: Number(match[1]), operations: Number(match[2]) };
  });
}
