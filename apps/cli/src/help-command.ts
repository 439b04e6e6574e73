import type { Command, CommandUnknownOpts } from "@commander-js/extra-typings";
import { didYouMean } from "./did-you-mean.ts";

/** Adds `kasan help`, which also knows commands of commands, and refuses others. Commander's own prints all help for a name that it does not know. */
export function addHelp(program: Command): void {
  program
    .helpCommand(false)
    .command("help")
    .description("print the help of a command")
    .argument("[command...]", "a command, like run or bench vmalloc")
    .action((names, _flags, command) => {
      let at: CommandUnknownOpts = program;
      for (const name of names) {
        const known = at.commands.map((one) => one.name());
        const next = at.commands.find((one) => one.name() === name);
        if (next === undefined) command.error(`unknown command '${names.join(" ")}'${didYouMean(name, known)}`);
        at = next as CommandUnknownOpts;
      }
      at.help();
    });
}
