/**
 * The `kasan` command.
 *
 * @packageDocumentation
 */
import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Command as UntypedCommand } from "commander";
import ownPackage from "../package.json" with { type: "json" };
import { ExitCode } from "./exit-codes.ts";
import type { Streams } from "./output.ts";
import { OutputFile } from "./output-file.ts";

export type { Streams } from "./output.ts";

/** Adds a command to the program; `done` receives its exit code. */
type AddCommand = (program: Command, streams: Streams, done: (code: number) => void) => void;

/** The commands, as help lists them. Each is loaded when it is needed: all of them take a tenth of a second. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  run: async () => (await import("./commands/run.ts")).addRun,
  fuzz: async () => (await import("./commands/fuzz.ts")).addFuzz,
  layout: async () => (await import("./commands/layout.ts")).addLayout,
  "compare-shadow": async () => (await import("./commands/compare-shadow.ts")).addCompareShadow,
  "compare-modes": async () => (await import("./commands/compare-modes.ts")).addCompareModes,
  bench: async () => (await import("./commands/bench.ts")).addBench,
  replay: async () => (await import("./commands/replay.ts")).addReplay,
  check: async () => (await import("./commands/check.ts")).addCheck,
  explain: async () => (await import("./commands/explain.ts")).addExplain,
  triage: async () => (await import("./commands/triage.ts")).addTriage,
  ptdump: async () => (await import("./commands/ptdump.ts")).addPtdump,
  inspect: async () => (await import("./commands/inspect.ts")).addInspect,
  functions: async () => (await import("./commands/functions.ts")).addFunctions,
};

/** Arguments that ask for nothing that a command knows. */
const VERSION = ["-V", "--version"];

/**
 * Adds the command that the arguments begin with; all commands, and completion, for help, for completion and for unknown commands; none if the
 * version is asked for.
 */
async function addCommands(
  program: Command,
  [first = ""]: readonly string[],
  streams: Streams,
  done: (code: number) => void,
): Promise<void> {
  const known = Object.hasOwn(COMMANDS, first);
  const wanted = known ? [COMMANDS[first]] : VERSION.includes(first) ? [] : Object.values(COMMANDS);
  for (const add of await Promise.all(wanted.map((load) => load()))) add(program, streams, done);
  for (const command of program.commands)
    command.exitOverride().configureOutput({ writeOut: streams.out, writeErr: streams.err });
  if (known || wanted.length === 0) return;
  const { default: tab } = await import("@bomb.sh/tab/commander");
  // The same class. Its type with the types of flags is not the one that the completion knows.
  tab(program as UntypedCommand);
}

/** Refuses files that could not be written, before long work begins. */
async function checkOutputs(command: CommandUnknownOpts): Promise<void> {
  const files = command.options
    .filter((option) => option instanceof OutputFile)
    .map((option) => command.getOptionValue(option.attributeName()) as string | undefined)
    .filter((file) => file !== undefined);
  if (files.length === 0) return;
  const { checkWritable } = await import("./output.ts");
  await checkWritable(...files);
}

/**
 * Runs the command.
 *
 * @param args - arguments without node and script
 * @returns the exit code
 */
export async function main(args: readonly string[], streams: Streams): Promise<number> {
  let code: number = ExitCode.clean;
  const program = new Command("kasan")
    .description("KASAN, the Linux kernel's address sanitizer: run kernel-style C under it, read its reports.")
    .version(ownPackage.version)
    .exitOverride()
    .configureOutput({ writeOut: streams.out, writeErr: streams.err });
  program.hook("preAction", (_program, command) => checkOutputs(command));
  const done = (result: number) => {
    code = result;
  };
  await addCommands(program, args, streams, done);
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.clean : ExitCode.usage;
    const { printError } = await import("./errors.ts");
    return printError(error, streams);
  }
}
