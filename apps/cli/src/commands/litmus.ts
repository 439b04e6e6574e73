import { type Command, Option } from "@commander-js/extra-typings";
import {
  type AfterFault,
  ExploreError,
  type LitmusResult,
  type LitmusVerdict,
  litmusText,
  parseLitmus,
  runLitmus,
  witnessText,
} from "@kasan/explore";
import { ExitCode } from "../exit-codes.ts";
import { findLitmusTests, readText } from "../litmus/files.ts";
import { litmusJson } from "../litmus/json.ts";
import { readKinds } from "../litmus/kinds.ts";
import { InputError } from "../logs/input-error.ts";
import { STDIN } from "../logs/open-log.ts";
import { note, ProgressLine, type Streams } from "../output.ts";
import { addOptions, type FlagsOf } from "./flags.ts";
import { formatOptions, writeForms } from "./output-options.ts";

const EXAMPLES = `
A test is in the format of herd7 and litmus7, for AArch64 or X86_64: programs of a few instructions, PTE(x) and PA(x), TLBI, barriers,
faults, and a question with exists, ~exists or forall. Every final state that the architecture allows is found. Loads are taken out of
order, as the Arm manual's memory model has it, with walks, TLB invalidation, and access flags and dirty bits set by hardware.

Examples:
  kasan litmus MP.litmus                                   its final states, as herd7 prints them
  kasan litmus MP.litmus --trace                           with an execution for each
  kasan litmus catalogue/aarch64-VMSA --kinds kinds.txt    which verdicts differ from those in a file
  kasan litmus catalogue/aarch64-VMSA --ets2               on processors that have FEAT_ETS2
  kasan litmus MP.litmus --format json                     for programs

A file of kinds has a line for each test: its name, and Allowed, Forbidden or Required.
Exit codes: 0 done, 1 a verdict differs from --kinds, 2 bad usage or input, 70 a bug in kasan.
`;

function declareLitmus(program: Command) {
  const command = program
    .command("litmus")
    .summary("run litmus tests of memory models and page tables")
    .description("Runs litmus tests: finds every final state that a processor's architecture allows.")
    .argument("<paths...>", "tests, and folders of them (*.litmus); - for standard input")
    .addOption(new Option("--ets2", "the processor has FEAT_ETS2: walks that fault come after what is before them"))
    .addOption(
      new Option(
        "--after-fault <what>",
        "what follows a fault where the test does not say: the program's end, the same again, or the next",
      )
        .choices(["fatal", "handled", "skip"] as const)
        .default("fatal" as const),
    )
    .addOption(new Option("--trace", "print an execution for each state"))
    .addOption(new Option("--kinds <file>", "compare with the verdicts in a file, and print those that differ"));
  return addOptions(command, formatOptions(["json"])).addHelpText("after", EXAMPLES);
}

/** Adds `kasan litmus`. */
export function addLitmus(program: Command, streams: Streams, done: (code: number) => void): void {
  declareLitmus(program).action(async (paths, flags) => done(await litmus(paths, flags, streams)));
}

/** Verdicts of others, by the tests' names. */
type Verdicts = ReadonlyMap<string, LitmusVerdict>;

/** A test that ran, or why it did not. */
type Outcome = { readonly path: string } & (
  | { readonly result: LitmusResult; readonly wrong: string | undefined }
  | { readonly error: string }
);

async function litmus(
  paths: readonly string[],
  flags: FlagsOf<typeof declareLitmus>,
  streams: Streams,
): Promise<number> {
  const verdicts = flags.kinds === undefined ? undefined : await readKinds(flags.kinds);
  const files = await findLitmusTests(paths);
  const progress = new ProgressLine(streams);
  const outcomes: Outcome[] = [];
  try {
    for (const [index, path] of files.entries()) {
      progress.show(`test ${index + 1} of ${files.length}`);
      outcomes.push(await run(path, flags, verdicts, streams));
    }
  } finally {
    progress.clear();
  }
  const forms = {
    text: () => text(outcomes, flags.trace === true, verdicts !== undefined),
    json: () => litmusJson(outcomes.filter((outcome) => "result" in outcome)),
  };
  await writeForms(flags, forms, streams);
  for (const outcome of outcomes) if ("error" in outcome) streams.err(`kasan: ${outcome.error}\n`);
  if (verdicts !== undefined) note(streams, `${summary(outcomes, verdicts)}\n`);
  if (outcomes.some((outcome) => "error" in outcome)) return ExitCode.usage;
  return outcomes.some((outcome) => "wrong" in outcome && outcome.wrong !== undefined) ? ExitCode.bugs : ExitCode.clean;
}

interface RunFlags {
  readonly ets2?: true | undefined;
  readonly afterFault: AfterFault;
}

async function run(path: string, flags: RunFlags, verdicts: Verdicts | undefined, streams: Streams): Promise<Outcome> {
  try {
    const test = parseLitmus(await readText(path, streams.input));
    const result = runLitmus(test, { ets2: flags.ets2 === true, afterFault: flags.afterFault });
    const wanted = verdicts?.get(test.name);
    return { path, result, wrong: wanted === result.verdict ? undefined : wanted };
  } catch (error) {
    // A file that cannot be read says its own name.
    if (error instanceof InputError) return { path, error: error.message };
    if (error instanceof ExploreError)
      return { path, error: `${path === STDIN ? "standard input" : path}: ${error.message}` };
    throw error;
  }
}

function* text(outcomes: readonly Outcome[], trace: boolean, compared: boolean): Generator<string> {
  for (const outcome of outcomes) {
    if ("error" in outcome) continue;
    const { result, wrong, path } = outcome;
    if (compared && wrong === undefined) continue;
    if (wrong !== undefined) yield `${path}: ${wrong} in the file of kinds, ${result.verdict} here\n`;
    yield litmusText(result);
    if (trace) for (const state of result.states) yield `Execution for ${state.text}\n${witnessText(result, state)}`;
    yield "\n";
  }
}

function summary(outcomes: readonly Outcome[], verdicts: Verdicts): string {
  const known = outcomes.flatMap((outcome) =>
    "result" in outcome && verdicts.has(outcome.result.test.name) ? [outcome] : [],
  );
  const wrong = known.filter((outcome) => outcome.wrong !== undefined).length;
  const without = outcomes.length - known.length;
  return `${known.length - wrong} of ${known.length} verdicts agree${without === 0 ? "" : `; ${without} tests have none in the file`}`;
}
