import { Command, Option } from "@commander-js/extra-typings";
import { type Streams, writeWhole } from "../output.ts";
import { OutputFile } from "../output-file.ts";
import type { FlagsOf } from "./flags.ts";

/** Where a command writes its results. It has them as text, as an object and as a picture. */
export type OutputFlags = FlagsOf<typeof outputOptions>;

/** The forms of a command's results, each made only if it is asked for. */
export interface Forms {
  readonly text: () => string;
  readonly json: () => unknown;
  /** For commands with `--html`. */
  readonly html?: () => string;
  /** For commands with `--svg`. */
  readonly svg?: () => string;
}

/** The options for the text and the object. */
export const textOptions = () =>
  new Command()
    .addOption(new Option("--format <name>", "output format").choices(["text", "json"]).default("text"))
    .addOption(new Option("--json", "the same as --format json").implies({ format: "json" }))
    .addOption(new OutputFile("-o, --output <file>", "write the output to a file, atomically"));

/** {@link textOptions} and those for pictures. `picture`: what the HTML page and the SVG file show. */
export const outputOptions = (picture: string) =>
  textOptions()
    .addOption(new OutputFile("--html <file>", `write a self-contained page with ${picture}`))
    .addOption(new OutputFile("--svg <file>", `write ${picture} as a picture`));

/** Writes what the options ask for. Pictures go to their files beside the output. */
export async function writeForms(flags: OutputFlags, forms: Forms, streams: Streams): Promise<void> {
  if (flags.html !== undefined && forms.html) await writeWhole(flags.html, forms.html());
  if (flags.svg !== undefined && forms.svg) await writeWhole(flags.svg, forms.svg());
  const text = flags.format === "json" ? `${JSON.stringify(forms.json(), undefined, 2)}\n` : forms.text();
  if (flags.output !== undefined) await writeWhole(flags.output, text);
  else streams.out(text);
}
