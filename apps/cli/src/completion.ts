import type { Command } from "@commander-js/extra-typings";
import type { Command as UntypedCommand } from "commander";
import type { Streams } from "./output.ts";

/** Adds completion for the commands that are there. */
export async function addCompletion(program: Command): Promise<void> {
  const { default: tab } = await import("@bomb.sh/tab/commander");
  // The same class. Its type with the types of flags is not the one that the completion knows.
  tab(program as UntypedCommand);
  program.commands
    .find((command) => command.name() === "complete")
    ?.description("print the completion of commands, flags and values for a shell: zsh, bash, fish or powershell");
}

/** Runs what prints completions by `console.log`, and prints them to the streams, with what they lack. */
export async function printCompletions(run: () => Promise<unknown>, { out }: Streams): Promise<void> {
  const lines: string[] = [];
  const { log } = console;
  console.log = (text: unknown) => void lines.push(`${text}\n`);
  try {
    await run();
  } finally {
    console.log = log;
  }
  out(lines.length === 1 ? offeringFiles(repeatable(lines[0]!)) : lines.join(""));
}

/** A script for bash that can be sourced again, and completes names of files where there is nothing else. */
const repeatable = (script: string): string =>
  script
    .replaceAll(/^readonly (?=ShellCompDirective)/gm, "")
    .replace(/^complete -F (?=\S+ \S+$)/m, "complete -o bashdefault -o default -F ");

/** Without a suggestion, the shell offers files: the directive `:4` forbids it, `:0` does not. */
const offeringFiles = (answer: string): string => (answer === ":4\n" ? ":0\n" : answer);
