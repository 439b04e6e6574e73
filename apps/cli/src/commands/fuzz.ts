import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type Command, Option } from "@commander-js/extra-typings";
import {
  CorpusFolder,
  type Finding,
  type FuzzEvent,
  Fuzzer,
  inputName,
  mergeInputs,
  minimize,
  parseDictionary,
  type Target,
} from "@kasan/fuzz";
import { type FuzzFailure, FuzzSession, GuestError } from "@kasan/guest";
import { ExitCode } from "../exit-codes.ts";
import { describeFailure, failureOf } from "../fuzz/failure.ts";
import { ProgressLine, type Streams, writeWhole } from "../output.ts";
import { plural } from "../plural.ts";
import { parseAtLeastOne, parseSeconds } from "../values.ts";
import { pluginOption } from "./architectures.ts";
import { addOptions, type FlagsOf } from "./flags.ts";
import { machineOptions, programOptions } from "./machine-options.ts";
import { writeCoverage } from "./run.ts";

const EXAMPLES = `
Examples:
  kasan fuzz harness.c parser.c               the target in harness.c, until Ctrl-C
  kasan fuzz harness.c lib/glob.c --kernel-tree . --time 60     a file of a kernel's source, for a minute
  kasan fuzz harness.c lib/glob.c --kernel-tree . --corpus corpus   what was found before, and what is new
  kasan fuzz harness.c --target second        one of several targets
  kasan fuzz harness.c --replay findings/3fa9….bin   run one input, print the log
  kasan fuzz harness.c --corpus corpus --coverage-html ran.html --runs 1   what the corpus reaches

A target is FUZZ_TEST_SIMPLE(name) { … data, datalen … } (linux/kfuzztest.h), or libFuzzer's LLVMFuzzerTestOneInput(data, size). Edges
and comparisons of the files that are given count; those of files that are compiled in because others need them do not. Each input runs
from the state after the module's init functions.

Exit codes: 0 found nothing, 1 found bugs, 2 bad usage or input, 70 a bug in kasan.
`;

/** RAM of a machine that is set back for each input, in bytes: the less, the sooner. */
const MEMORY = 16 * 2 ** 20;
/** Milliseconds between two looks at the clock and at Ctrl-C. */
const SLICE = 100;

function declareFuzz(program: Command) {
  const command = program
    .command("fuzz")
    .summary("find inputs that make kernel C go wrong, by coverage")
    .description(
      "Compiles C files with clang, its KASAN instrumentation and its coverage, boots a machine once, and runs a fuzz target with one " +
        "input after the other. What reaches something new is kept and changed; each bug is told once, with its smallest input.",
    )
    .argument("<file...>", "C files: one with a fuzz target, and what it is to reach");
  return addOptions(command, machineOptions())
    .addOption(pluginOption("platforms"))
    .addOption(new Option("--target <name>", "the fuzz target, if there are several"))
    .addOption(
      new Option("--corpus <folder>", "inputs to begin with, as libFuzzer and AFL have them; new ones are added"),
    )
    .addOption(new Option("--findings <folder>", "where bugs go: an input and its log each").default("findings"))
    .addOption(new Option("--runs <n>", "end after so many inputs").argParser(parseAtLeastOne))
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
    .addOption(new Option("--merge <folder>", "add the inputs of a folder to --corpus that reach something more"))
    .addOption(new Option("--coverage <file>", "write what the corpus reaches at the end, as an lcov tracefile"))
    .addOption(new Option("--coverage-html <file>", "write it as an HTML page"))
    .addHelpText("after", EXAMPLES);
}

/** The flags of `kasan fuzz`. */
type FuzzFlags = FlagsOf<typeof declareFuzz>;

/** Adds `kasan fuzz`. `done` receives the exit code. */
export function addFuzz(program: Command, streams: Streams, done: (code: number) => void): void {
  const command = declareFuzz(program);
  command.action(async (files, flags) => {
    const memory = command.getOptionValueSource("memory") === "default" ? MEMORY : flags.memory;
    done(await fuzz(files, { ...flags, memory }, streams));
  });
}

async function fuzz(files: readonly string[], flags: FuzzFlags, streams: Streams): Promise<number> {
  const progress = new ProgressLine(streams);
  const { plugins: _, ...options } = await programOptions(flags);
  const tell = (text: string) => {
    progress.clear();
    streams.err(text);
  };
  try {
    const session = await FuzzSession.open({
      ...options,
      files,
      inputTimeout: flags.inputTimeout,
      ...(flags.target !== undefined && { target: flags.target }),
      progress: (what) => progress.show(what),
      diagnostics: tell,
      warn: tell,
    });
    try {
      progress.clear();
      return await act(new Work(session, flags, streams, progress));
    } finally {
      session.close();
    }
  } finally {
    progress.clear();
  }
}

/** What the flags ask for. */
async function act(work: Work): Promise<number> {
  const { replay, minimize: smaller, merge } = work.flags;
  if (replay !== undefined) return work.replay(await readInput(replay));
  if (smaller !== undefined) return await work.minimize(smaller, await readInput(smaller));
  if (merge !== undefined) return work.merge(CorpusFolder.open(merge));
  return await work.fuzz();
}

async function readInput(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new GuestError("BAD_INPUT", `${path}: ${(error as Error).message}`);
  }
}

/** A session, and what is done with it. */
class Work {
  readonly flags: FuzzFlags;
  private readonly session: FuzzSession;
  private readonly streams: Streams;
  private readonly progress: ProgressLine;
  private readonly corpus: CorpusFolder | undefined;

  constructor(session: FuzzSession, flags: FuzzFlags, streams: Streams, progress: ProgressLine) {
    this.session = session;
    this.flags = flags;
    this.streams = streams;
    this.progress = progress;
    this.corpus = flags.corpus === undefined ? undefined : CorpusFolder.open(flags.corpus);
  }

  private readonly target: Target = (input) => {
    const { counters, comparisons, failure } = this.session.run(input);
    return { counters, comparisons, ...(failure && { failure: failureOf(failure) }) };
  };

  /** Runs one input. */
  replay(input: Uint8Array): number {
    const { failure } = this.session.run(input);
    if (failure) this.streams.out(describeFailure(failure));
    this.say(failure ? failureOf(failure).title : "the input does nothing wrong");
    return failure ? ExitCode.bugs : ExitCode.clean;
  }

  /** Makes an input smaller that leads to a bug. */
  async minimize(path: string, input: Uint8Array): Promise<number> {
    const failure = this.target(input).failure;
    if (!failure) {
      this.say("the input does nothing wrong");
      return ExitCode.clean;
    }
    const smallest = minimize(input, (candidate) => this.target(candidate).failure?.key === failure.key);
    await writeWhole(path, smallest);
    this.say(`${failure.title}: ${input.length} bytes before, ${smallest.length} now`);
    return ExitCode.bugs;
  }

  /** Adds inputs to the corpus that reach something more. */
  merge(from: CorpusFolder): number {
    if (!this.corpus) throw new GuestError("BAD_INPUT", "--merge adds to a corpus: give --corpus as well");
    const own = this.corpus.inputs();
    const all = [...own, ...from.inputs()].map(({ bytes }) => bytes);
    const kept = mergeInputs(all, this.target);
    const names = new Set(kept.map((index) => inputName(all[index])));
    for (const index of kept) this.corpus.save(all[index]);
    for (const { name, bytes } of own) if (!names.has(inputName(bytes))) this.corpus.remove(name);
    this.say(`${plural(kept.length, "input")} of ${all.length} kept`);
    return ExitCode.clean;
  }

  /** Fuzzes until a limit or Ctrl-C. */
  async fuzz(): Promise<number> {
    const { seed, maxLen: maxLength, dict, runs, time } = this.flags;
    const started = performance.now();
    const saved = this.corpus?.inputs().map(({ bytes }) => bytes) ?? [];
    const fuzzer = new Fuzzer(this.target, {
      seed,
      maxLength,
      inputs: saved.filter(({ length }) => length <= maxLength),
      dictionary: dict === undefined ? [] : parseDictionary(new TextDecoder().decode(await readInput(dict)), dict),
      valueProfile: this.flags.valueProfile ?? false,
      onEvent: (event) => this.note(event),
    });
    let stopped = false;
    const stop = () => {
      stopped = true;
    };
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
    const over = () =>
      stopped ||
      (time !== undefined && performance.now() - started > 1000 * time) ||
      (runs !== undefined && fuzzer.statistics.executions >= runs);
    while (!over()) {
      const end = performance.now() + SLICE;
      fuzzer.run({ ...(runs !== undefined && { executions: runs }), until: () => performance.now() > end });
      this.progress.show(status(fuzzer, performance.now() - started));
      await setImmediate();
    }
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    this.progress.clear();
    const { coverage, coverageHtml } = this.flags;
    if (coverage !== undefined || coverageHtml !== undefined) {
      await writeCoverage(await this.session.coverage(fuzzer.inputs), this.session.target, this.flags, this.streams);
    }
    this.say(status(fuzzer, performance.now() - started));
    return fuzzer.findings.length > 0 ? ExitCode.bugs : ExitCode.clean;
  }

  /** Keeps what is found as soon as it is: nothing is lost if the process is killed. */
  private note(event: FuzzEvent): void {
    if (event.kind === "finding") this.keep(event.finding);
    else {
      this.corpus?.save(event.input);
      if (event.kind === "shorter") this.corpus?.remove(inputName(event.instead));
    }
  }

  private keep({ title, input, details }: Finding): void {
    const folder = CorpusFolder.open(this.flags.findings);
    const name = inputName(input);
    const path = folder.save(input, `${name}.bin`);
    folder.save(new TextEncoder().encode(describeFailure(details as FuzzFailure)), `${name}.txt`);
    this.progress.clear();
    this.streams.out(
      `${title}\n  ${plural(input.length, "byte")}: ${path}\n  log: ${join(folder.path, `${name}.txt`)}\n`,
    );
  }

  private say(text: string): void {
    this.progress.clear();
    this.streams.err(`kasan: ${this.session.target}: ${text}\n`);
  }
}

/** `12345 inputs, 1200 per second, 83 edges, 20 kept, 1 bug, the last new edge at input 9000`. */
function status({ statistics }: Fuzzer, milliseconds: number): string {
  const { executions, edges, corpus, findings, lastNew } = statistics;
  const rate = Math.round((executions / Math.max(1, milliseconds)) * 1000);
  return [
    plural(executions, "input"),
    `${rate} per second`,
    plural(edges, "edge"),
    `${corpus} kept`,
    plural(findings, "bug"),
    `the last new edge at input ${lastNew}`,
  ].join(", ");
}
