import { type Command, Option } from "@commander-js/extra-typings";
import { fuzz } from "../fuzz/fuzz.ts";
import type { Streams } from "../output.ts";
import { shellWord } from "../shell-word.ts";
import { parseAtLeastOne, parseJobs, parseSeconds } from "../values.ts";
import { pluginOption } from "./architectures.ts";
import { checkCoverage, coverageOptions } from "./coverage-options.ts";
import { addOptions, type FlagsOf } from "./flags.ts";
import { machineOptions } from "./machine-options.ts";
import { formatOptions } from "./output-options.ts";

const EXAMPLES = `
Examples:
  kasan fuzz harness.c parser.c               the target in harness.c, until Ctrl-C
  kasan fuzz harness.c lib/glob.c --kernel-tree . --time 60     a file of a kernel's source, for a minute
  kasan fuzz harness.c lib/glob.c --kernel-tree . --corpus corpus   what was found before, and what is new
  kasan fuzz harness.c --list                 the targets in a file
  kasan fuzz harness.c --target second        one of several targets
  kasan fuzz harness.c parser.c --jobs 2 --format json    two workers, a line of JSON for each event
  kasan fuzz harness.c parser.c --leaks       an input that frees less than it allocates is a bug
  kasan fuzz --new lib/glob.c:glob_match -o glob_fuzz.c    a target for a function, to begin with
  kasan fuzz harness.c --corpus corpus --merge other       the inputs of another folder that reach more
  kasan fuzz harness.c --replay findings/3fa9….bin   run one input, print the log
  kasan fuzz harness.c --corpus corpus --coverage ran.html --coverage-format html --runs 1   what it reaches

A target is FUZZ_TEST_SIMPLE(name) { … data, datalen … } (linux/kfuzztest.h), or libFuzzer's LLVMFuzzerTestOneInput(data, size). Edges
and comparisons of the files that are given count; those of files that are compiled in because others need them do not. Each input runs
from the state after the module's init functions. What is found is on disk at once, and a run with the same folders goes on from there.

Takes until Ctrl-C, --time or --runs; the first input runs after some 2 s.
Exit codes: 0 found nothing new, 1 found bugs, 2 bad usage or input, 70 a bug in kasan; 130 Ctrl-C before the first input (143, 129 for
SIGTERM, SIGHUP), 141 nobody reads the output any more.
`;

function declareFuzz(program: Command) {
  const command = program
    .command("fuzz")
    .summary("find inputs that make kernel C go wrong, by coverage")
    .description(
      "Compiles C files with clang, its KASAN instrumentation and its coverage, boots a machine once, and runs a fuzz target with one " +
        "input after the other. What reaches something new is kept and changed; each bug is told once, with its smallest input.",
    )
    .argument("[file...]", "C files: one with a fuzz target, and what it is to reach");
  return addOptions(
    addOptions(
      addOptions(command, machineOptions()),
      formatOptions(["json"], "output format; json is a line for each event"),
    ),
    coverageOptions("write which lines the corpus reaches at the end"),
  )
    .addOption(pluginOption("platforms"))
    .addOption(new Option("--target <name>", "the fuzz target, if there are several"))
    .addOption(new Option("--new <file.c:function>", "write a fuzz target for a function, to begin with"))
    .addOption(new Option("--force", "let --new write over a file that is there"))
    .addOption(new Option("--list", "name the fuzz targets in the files, and where they are"))
    .addOption(new Option("--stats <file>", "where a row for each second goes: stats.csv in the findings' folder"))
    .addOption(
      new Option("--jobs <n>", "workers that fuzz side by side and share what they find; with several, runs differ")
        .argParser(parseJobs)
        .default(1),
    )
    .addOption(new Option("--leaks", "an input that leaves objects of the slab allocator behind is a bug"))
    .addOption(
      new Option("--persistent", "keep the machine's state from one input to the next: faster, and less exact"),
    )
    .addOption(
      new Option("--corpus <folder>", "inputs to begin with, as libFuzzer and AFL have them; new ones are added"),
    )
    .addOption(new Option("--findings <folder>", "where bugs go: an input and its log each").default("findings"))
    .addOption(
      new Option("--runs <n>", "end after so many inputs, those that make others smaller included").argParser(
        parseAtLeastOne,
      ),
    )
    .addOption(new Option("--time <seconds>", "end after this time").argParser(parseSeconds))
    .addOption(new Option("--max-len <bytes>", "the longest input").argParser(parseAtLeastOne).default(4096))
    .addOption(
      new Option("--input-timeout <seconds>", "an input that runs for longer is a bug")
        .argParser(parseSeconds)
        .default(2),
    )
    .addOption(new Option("--dict <file>", "values worth trying, in AFL's format"))
    .addOption(new Option("--value-profile", "keep inputs that come closer to equality in a comparison"))
    .addOption(new Option("--replay <file>", "run one input and print the log").conflicts(["minimize", "merge"]))
    .addOption(new Option("--minimize <file>", "make an input of a bug smaller, in place").conflicts("merge"))
    .addOption(
      new Option(
        "--merge <folder>",
        "add the inputs of a folder to --corpus that reach something more; needless ones go",
      ),
    )
    .addHelpText("after", EXAMPLES);
}

/** The flags of `kasan fuzz`. */
export type FuzzFlags = FlagsOf<typeof declareFuzz>;

/** Adds `kasan fuzz`. `done` receives the exit code. */
export function addFuzz(program: Command, streams: Streams, done: (code: number) => void): void {
  const command = declareFuzz(program);
  command.action(async (files, flags) => {
    const replay = (file: string) => replayCommand(command, files, file);
    const single = (["replay", "minimize", "merge", "new"] as const).find((name) => flags[name] !== undefined);
    if (flags.format === "json" && single !== undefined) command.error(`error: --${single} prints no JSON`);
    if (flags.output !== undefined && flags.new === undefined && !flags.list)
      command.error("error: -o is for --new and --list: events are printed as they happen");
    checkCoverage(flags, (message) => command.error(message));
    if (files.length === 0 && flags.new === undefined) command.error("error: missing required argument 'file'");
    done(await fuzz(files, flags, replay, streams));
  });
}

/** Options that say what is run, and not how to fuzz it. */
const REPLAYED = new Set([
  ...machineOptions().options.map(({ long }) => long),
  "--plugin",
  "--target",
  "--input-timeout",
  "--leaks",
]);

/** The command that runs the input of a file again: the options that were given, as far as they say what is run. */
function replayCommand(command: ReturnType<typeof declareFuzz>, files: readonly string[], file: string): string {
  const words = command.options
    .filter((option) => REPLAYED.has(option.long))
    .filter((option) => command.getOptionValueSource(option.attributeName()) === "cli")
    .flatMap((option) => wordsOf(option.long as string, option.attributeName(), command.opts()));
  return ["kasan", "fuzz", ...files, ...words, "--replay", file].map(shellWord).join(" ");
}

/** An option as it is written, with each of its values. */
function wordsOf(flag: string, name: string, values: Readonly<Record<string, unknown>>): string[] {
  const value = values[name];
  if (typeof value === "boolean") return value === flag.startsWith("--no-") ? [] : [flag];
  return [value].flat(1).flatMap((one) => [flag, Array.isArray(one) ? one.join("=") : String(one)]);
}
