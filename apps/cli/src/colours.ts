import type { Painter } from "@kasan/report";
import picocolors from "picocolors";
import type { Streams } from "./output.ts";

/** When a command's output has colours: what `--color` can say. */
export const COLOUR_CHOICES = ["auto", "always", "never"] as const;

/** What `--color` says. */
export type ColourChoice = (typeof COLOUR_CHOICES)[number];

/** Whether what goes to a place has colours: as the flag says, or else the environment (https://force-color.org, https://no-color.org), or else the place. */
export function hasColours(choice: ColourChoice = "auto", isTerminal = false): boolean {
  if (choice !== "auto") return choice === "always";
  const { FORCE_COLOR: forced, NO_COLOR: none, TERM: terminal } = process.env;
  if (forced) return forced !== "0" && forced !== "false";
  return !none && isTerminal && terminal !== "dumb";
}

/** Colours for results, if the place that they go to wants them. A file has some only if that is asked for. */
export function painterFor({ color, outIsTerminal }: Streams, output: string | undefined): Painter {
  const { bold, dim, red, green, yellow } = picocolors.createColors(
    output === undefined ? hasColours(color, outIsTerminal) : color === "always",
  );
  return { bold, dim, red, green, yellow };
}

/** The first word of each line that says what is wrong. */
export const errorPrefix = ({ color, isTerminal }: Streams): string =>
  picocolors.createColors(hasColours(color, isTerminal)).red("kasan:");

/** A heading of help, and a command or flag that it describes. Commander takes the colours away where they are not wanted. */
export const HELP_STYLE = (() => {
  const { bold, cyan } = picocolors.createColors(true);
  return { styleTitle: bold, styleCommandText: cyan, styleSubcommandText: cyan, styleOptionText: cyan } as const;
})();
