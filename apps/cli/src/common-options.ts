import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { COLOUR_CHOICES, type ColourChoice } from "./colours.ts";
import type { Streams } from "./output.ts";

/** What flags of every command say of its output. */
export type Manner = Pick<Streams, "color" | "quiet">;

/** Adds the flags of every command to each that can be run. `tell` receives what is given. */
export function addCommonOptions(commands: readonly CommandUnknownOpts[], tell: (manner: Manner) => void): void {
  for (const command of commands) {
    if (command.commands.length > 0) {
      addCommonOptions(command.commands, tell);
      continue;
    }
    command
      .addOption(
        new Option("--color <when>", "colours: on terminals, always or never").choices(COLOUR_CHOICES).default("auto"),
      )
      .addOption(new Option("-q, --quiet", "print results and what is wrong, but no progress and no summary"))
      .on("option:color", (color: ColourChoice) => tell({ color }))
      .on("option:quiet", () => tell({ quiet: true }));
  }
}
