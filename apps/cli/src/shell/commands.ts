import { Command, type OptionValues } from "@commander-js/extra-typings";
import { dmesgCommand } from "../commands/dmesg.ts";
import type { FlagsOf } from "../commands/flags.ts";
import { addOpenedCommand, type ImageCommand, type Opened } from "../commands/image-command.ts";
import { inspectCommand } from "../commands/inspect.ts";
import { formatOptions } from "../commands/output-options.ts";
import { ptdumpCommand } from "../commands/ptdump.ts";
import { addHelp } from "../help-command.ts";
import { prints } from "../prints.ts";

const options = () => formatOptions(["json", "html"]);

/** What `kasan inspect` does by a flag, as a command. */
const inspecting = (
  name: string,
  summary: string,
  given: { readonly find: true } | { readonly scan: true },
  addresses?: string,
): ImageCommand<FlagsOf<typeof options>> => {
  const whole = (flags: FlagsOf<typeof options>) => ({ access: { size: 1 }, ...flags, ...given });
  return {
    name,
    summary,
    description: `Like inspect --${name}.`,
    ...(addresses !== undefined && { addresses }),
    options,
    examples: "",
    refusal: (places, flags) => inspectCommand.refusal?.(places, whole(flags)),
    answer: (asked) => inspectCommand.answer({ ...asked, flags: whole(asked.flags) }),
  };
};

/** The commands of the shell, on an image that is open: those of the command line. */
export function shellCommands(opened: Opened, about: string): Command {
  const program = new Command("shell").usage("[command or expression]").configureOutput({ outputError: () => {} });
  prints(program, opened.streams);
  const add = <Flags extends OptionValues>(asks: ImageCommand<Flags>) => addOpenedCommand(program, asks, opened);
  add(inspectCommand);
  add(inspecting("find", "find what points to an object", { find: true }, inspectCommand.addresses));
  add(inspecting("scan", "look at all shadow and slabs", { scan: true }));
  add(dmesgCommand);
  add(ptdumpCommand);
  addHelp(program);
  return program.addHelpText("after", about);
}

/** The words of a line; quotes keep blanks in one. */
export function wordsOf(line: string): string[] {
  return Array.from(line.matchAll(/"([^"]*)"|'([^']*)'|\S+/g), ([word, double, single]) => double ?? single ?? word);
}
