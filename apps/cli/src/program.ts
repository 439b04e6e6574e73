import { Command } from "@commander-js/extra-typings";
import ownPackage from "../package.json" with { type: "json" };
import { errorPrefix } from "./colours.ts";
import { addCommonOptions } from "./common-options.ts";
import type { Streams } from "./output.ts";
import { prints } from "./prints.ts";

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
  litmus: async () => (await import("./commands/litmus.ts")).addLitmus,
  explain: async () => (await import("./commands/explain.ts")).addExplain,
  triage: async () => (await import("./commands/triage.ts")).addTriage,
  ptdump: async () => (await import("./commands/ptdump.ts")).addPtdump,
  inspect: async () => (await import("./commands/inspect.ts")).addInspect,
  dmesg: async () => (await import("./commands/dmesg.ts")).addDmesg,
  shell: async () => (await import("./commands/shell.ts")).addShell,
  init: async () => (await import("./commands/init.ts")).addInit,
  doctor: async () => (await import("./commands/doctor.ts")).addDoctor,
  functions: async () => (await import("./commands/functions.ts")).addFunctions,
};

/** Arguments that ask for nothing that a command knows. */
const VERSION = ["-V", "--version"];

/** Adds the command that the arguments begin with; all commands, help and completion for others; none if the version is asked for. */
async function addCommands(
  program: Command,
  [first = ""]: readonly string[],
  streams: Streams,
  done: (code: number) => void,
): Promise<void> {
  const known = Object.hasOwn(COMMANDS, first);
  const wanted = known ? [COMMANDS[first]] : VERSION.includes(first) ? [] : Object.values(COMMANDS);
  for (const add of await Promise.all(wanted.map((load) => load()))) add(program, streams, done);
  addCommonOptions(program.commands, (manner) => Object.assign(streams, manner));
  if (known || wanted.length === 0) return;
  const [{ addHelp }, { addCompletion }] = await Promise.all([import("./help-command.ts"), import("./completion.ts")]);
  addHelp(program);
  await addCompletion(program);
}

/**
 * The command with those of its commands that some arguments ask for.
 *
 * @param streams - what it prints to. Options that all commands have change them
 * @param done - receives the exit code of the command that runs
 */
export async function createProgram(
  args: readonly string[],
  streams: Streams,
  done: (code: number) => void,
): Promise<Command> {
  const program = new Command("kasan")
    .description("KASAN, the Linux kernel's address sanitizer: run kernel-style C under it, read its reports.")
    .version(ownPackage.version)
    .configureOutput({
      outputError: (text, write) => write(`${errorPrefix(streams)} ${text.replace(/^error: /, "")}`),
    });
  prints(program, streams);
  await addCommands(program, args, streams, done);
  return program;
}
