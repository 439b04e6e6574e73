import { type Command, Option } from "@commander-js/extra-typings";
import { type BenchResults, benchResults, type Measurement, ratioOf, type Timed } from "../bench/results.ts";
import { type BenchPlan, runBench, type Step } from "../bench/run.ts";
import { findBenchmark } from "../bench/source.ts";
import { MEANT_TO_FAIL, TESTS } from "../bench/summaries.ts";
import { cpusTitle, publishedTable, spreadNote } from "../bench/tables.ts";
import { barPicture } from "../chart/bars.ts";
import { pictureSection, sectionPage, tableSection } from "../chart/page.ts";
import { painterFor } from "../colours.ts";
import { ExitCode } from "../exit-codes.ts";
import { ProgressLine, type Streams } from "../output.ts";
import { table } from "../table.ts";
import { parseAtLeastOne, parseCpuList, parseSchemes, parseSeconds, parseSize, parseTests } from "../values.ts";
import { addOptions, type FlagsOf } from "./flags.ts";
import { formatOptions, jsonText, writeForms } from "./output-options.ts";

const EXAMPLES = `
Tests: ${Object.keys(TESTS).join(", ")}.

The times are microseconds of the host's clock for all loops of a test: averages over the workers, of which each CPU has one, and
medians over the repeats, each with the shortest and the longest of them. A ratio is printed if these do not overlap. "KASAN original"
is the early shadow page over all of vmalloc space, as Linux had it before 5.5.

Examples:
  kasan bench vmalloc --kernel-source linux-6.12               all tests, one CPU and two
  kasan bench vmalloc --loops 10000 --repeat 5                 longer, and less disturbed by what else the host does
  kasan bench vmalloc --tests fix_size_alloc_test --cpus 1     one test
  kasan bench vmalloc --vmalloc-shadow all --format html -o bench.html   every scheme, with a chart
  kasan bench vmalloc --format json -o bench.json              as data

Takes as long as its tests: each runs --loops times, on each number of CPUs, in each configuration, --repeat times.
Exit codes: 0 measured, 2 bad usage or input, or a run that did not come to its end, 70 a bug in kasan.
`;

function declareVmalloc(bench: Command) {
  const command = bench
    .command("vmalloc")
    .summary("the kernel's lib/test_vmalloc.c with no KASAN, KASAN, and KASAN with shadow for vmalloc")
    .description(
      "Runs the kernel's own lib/test_vmalloc.c, unmodified, in a machine without KASAN, with KASAN as it was before vmalloc had\n" +
        "shadow, and with every shadow scheme for vmalloc space, and prints how long each took.",
    )
    .addOption(
      new Option(
        "--kernel-source <path>",
        "the kernel's source, or its lib/test_vmalloc.c; else KASAN_KERNEL_SOURCE, or /usr/src/linux-source-6.12",
      ),
    )
    .addOption(
      new Option("--cpus <numbers>", "numbers of CPUs, comma-separated").argParser(parseCpuList).default([1, 2], "1,2"),
    )
    .addOption(
      new Option("--loops <n>", "loops of each test (test_loop_count)").argParser(parseAtLeastOne).default(1000),
    )
    .addOption(new Option("--repeat <n>", "runs of each configuration").argParser(parseAtLeastOne).default(3))
    .addOption(
      new Option("--tests <names>", "tests, comma-separated, or all")
        .argParser(parseTests)
        .default(Object.keys(TESTS), "all"),
    )
    .addOption(
      new Option("--vmalloc-shadow <schemes>", "schemes, comma-separated, or all")
        .argParser(parseSchemes)
        .default(["keep", "lazy"], "keep,lazy"),
    )
    .addOption(
      new Option(
        "--memory <size>",
        "RAM of the machine, 16M to 2048M; by default as much as the tests need: 512M for 1,2 CPUs",
      ).argParser(parseSize),
    )
    .addOption(
      new Option("--instrument <how>", "checks as calls or inline").choices(["outline", "inline"]).default("outline"),
    )
    .addOption(new Option("--timeout <seconds>", "stop a run after this time").argParser(parseSeconds).default(600));
  return addOptions(
    command,
    formatOptions(["json", "svg", "html"], "output format; svg is a chart of how many times as long each took"),
  ).addHelpText("after", EXAMPLES);
}

type BenchFlags = FlagsOf<typeof declareVmalloc>;

/** Adds `kasan bench`. */
export function addBench(program: Command, streams: Streams, done: (code: number) => void): void {
  const bench = program.command("bench").summary("measure what KASAN costs, with the kernel's own benchmarks");
  declareVmalloc(bench).action(async (flags) => done(await benchVmalloc(flags, streams)));
}

const MIB = 2 ** 20;
/**
 * RAM that is enough for all tests at a time: on each CPU full_fit_alloc_test holds twice the pages that wait for a
 * purge at most, which are 32 MB for each bit of the CPU count.
 */
function memoryFor(cpus: number): number {
  const waiting = (32 - Math.clz32(cpus)) * 32 * MIB;
  return Math.min(256 * MIB + cpus * 2 * waiting, 2048 * MIB);
}

async function benchVmalloc(flags: BenchFlags, streams: Streams): Promise<number> {
  const { cpus, loops, repeat, tests, vmallocShadow, instrument, timeout } = flags;
  const memory = flags.memory ?? memoryFor(Math.max(...cpus));
  const schemes = vmallocShadow.filter((scheme) => scheme !== "early");
  const plan: BenchPlan = {
    file: findBenchmark(flags.kernelSource),
    ...{ cpus, loops, repeat, tests, memory, instrument, timeout },
    configurations: ["off", "early", ...schemes],
  };
  const progress = new ProgressLine(streams);
  let measurements: Measurement[];
  try {
    measurements = await runBench(plan, (step) => progress.show(progressBar(step)));
  } finally {
    progress.clear();
  }
  for (const line of failures(measurements)) streams.err(`${line}\n`);
  await writeResults(benchResults(measurements), plan, flags, streams);
  return ExitCode.clean;
}

const BAR_CELLS = 24;
/** `[######......] 3/12 lazy, CPUs: 2`. */
function progressBar({ done, all, what }: Step): string {
  const cells = Math.round((done / all) * BAR_CELLS);
  return `[${"#".repeat(cells)}${".".repeat(BAR_CELLS - cells)}] ${done}/${all} ${what}`;
}

/** Tests that failed, and are not meant to. */
function failures(measurements: readonly Measurement[]): string[] {
  return measurements.flatMap(({ cpus, configuration, tests }) =>
    tests
      .filter(({ test, failed }) => failed > 0 && test !== MEANT_TO_FAIL)
      .map(({ test, failed }) => `kasan: ${test} failed ${failed} times with ${configuration} on ${cpusTitle(cpus)}`),
  );
}

const TITLE = "vmalloc: the kernel's own benchmark";

async function writeResults(results: BenchResults, plan: BenchPlan, flags: BenchFlags, streams: Streams) {
  const { bold } = painterFor(streams, flags.output);
  const note = spreadNote(plan.repeat);
  const tables = plan.cpus.map((cpus) => ({
    title: `${cpusTitle(cpus)}, usec`,
    rows: publishedTable(results, cpus),
    note,
  }));
  const svg = () => picture(results, plan);
  const forms = {
    text: () => `${tables.map(({ title, rows }) => `${bold(title)}\n${table(rows)}`).join("\n")}\n${note}\n`,
    json: () => jsonText({ version: 1, ...results }),
    svg: () => `${svg()}\n`,
    html: () => sectionPage(TITLE, [pictureSection("How many times as long", svg()), ...tables.map(tableSection)]),
  };
  await writeForms(flags, forms, streams);
}

/** How many times as long as without KASAN each configuration took, where that can be told. */
function picture({ rows, totals }: BenchResults, { cpus, configurations }: BenchPlan): string {
  const series = configurations.filter((name) => name !== "off");
  const values = (row: Timed) => series.map((name) => ratioOf(row, name, "off"));
  const charts = cpus.map((on) => ({
    title: `${cpusTitle(on)}: times as long as without KASAN`,
    groups: [
      ...rows.filter((row) => row.cpus === on).map((row) => ({ name: row.test, values: values(row) })),
      ...totals.filter((row) => row.cpus === on).map((row) => ({ name: "total", values: values(row) })),
    ],
  }));
  return barPicture(TITLE, series, { unit: "x", kind: "ratio" }, charts);
}
