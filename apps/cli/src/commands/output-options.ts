import { Command, Option } from "@commander-js/extra-typings";
import type { Streams } from "../output.ts";
import { OutputFile } from "../output-file.ts";
import { PartedOutput } from "../parted-output.ts";

/** Where a command's results go, and in which form. Not an interface: the types of flags are none. */
export type OutputFlags<Format extends string> = {
  format: Format;
  /** A file; standard output if there is none. */
  output?: string | undefined;
};

/** The forms of a command's results, each made only if it is asked for; large ones piece by piece. */
export type Forms<Format extends string> = Readonly<Record<Format, () => string | Iterable<string>>>;

/** The options for the form of results, of which text is the usual one, and for where they go. */
export const formatOptions = <Format extends string>(others: readonly Format[], about = "output format") =>
  new Command()
    .addOption(new Option("--format <name>", about).choices(["text", ...others]).default("text"))
    .addOption(new OutputFile("-o, --output <file>", "write the output to a file, whole or not at all")) as Command<
    [],
    OutputFlags<"text" | Format>
  >;

/** An object as text. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** Characters that are written at a time. */
const PIECE = 65_536;

/** Writes results in the form that the flags ask for, where they say. */
export async function writeForms<Format extends string>(
  { format, output: file }: OutputFlags<Format>,
  forms: Forms<Format>,
  streams: Streams,
): Promise<void> {
  const made = forms[format]();
  const output = await PartedOutput.open(file, streams);
  try {
    for (const piece of typeof made === "string" ? [made] : inPieces(made)) {
      output.write(piece);
      await output.ready();
    }
    await output.end();
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

function* inPieces(texts: Iterable<string>): Generator<string> {
  let pending = "";
  for (const text of texts) {
    pending += text;
    if (pending.length < PIECE) continue;
    yield pending;
    pending = "";
  }
  yield pending;
}
