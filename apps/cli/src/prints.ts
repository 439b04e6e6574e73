import type { Command, CommandUnknownOpts } from "@commander-js/extra-typings";
import { HELP_STYLE, hasColours } from "./colours.ts";
import type { Streams } from "./output.ts";
import { OutputFile } from "./output-file.ts";

/** Makes a program print to streams and return where it would end the process. To be called before it gets commands: they inherit it. */
export function prints(program: Command, streams: Streams): void {
  program
    .exitOverride()
    .configureHelp(HELP_STYLE)
    .configureOutput({
      writeOut: streams.out,
      writeErr: streams.err,
      getOutHelpWidth: () => (streams.outIsTerminal ? process.stdout.columns : 80),
      getErrHelpWidth: () => (streams.isTerminal ? process.stderr.columns : 80),
      getOutHasColors: () => hasColours(streams.color, streams.outIsTerminal),
      getErrHasColors: () => hasColours(streams.color, streams.isTerminal),
    })
    .hook("preAction", (_program, command) => checkOutputs(command));
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
