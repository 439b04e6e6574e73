import type { Command, OptionValues } from "@commander-js/extra-typings";
import type { MemoryImage } from "@kasan/image";
import { ExitCode } from "../exit-codes.ts";
import type { Streams } from "../output.ts";
import { addOptions } from "./flags.ts";
import { type ImageFlags, imageOptions, openNamed } from "./image-options.ts";

/** A command that asks an image something. The command line opens one for it, the shell has one open. */
export interface ImageCommand<Flags extends OptionValues = OptionValues> {
  /** Its name. */
  readonly name: string;
  /** What it does, for lists of commands. */
  readonly summary: string;
  /** What it does, as its help begins. */
  readonly description: string;
  /** The addresses that it takes, for its help; absent if it takes none. */
  readonly addresses?: string;
  /** Its flags. */
  readonly options: () => Command<[], Flags>;
  /** Flags of its own for opening the image. */
  readonly opening?: () => Command<[], Partial<ImageFlags>>;
  /** What its help on the command line ends with. */
  readonly examples: string;
  /** Why what is given does not go together; `undefined` if it does. */
  readonly refusal?: (addresses: readonly string[], flags: Flags) => string | undefined;
  /** Asks, and prints the answer. */
  readonly answer: (asked: Asked<Flags>) => Promise<void>;
}

/** An image that is open. */
export interface Opened {
  /** The image. */
  readonly image: MemoryImage;
  /** The name of its file. */
  readonly file: string;
  /** Where answers go. */
  readonly streams: Streams;
}

/** What an image is asked. */
export interface Asked<Flags extends OptionValues> extends Opened {
  /** Addresses as they are given; none for a command that takes none. */
  readonly addresses: readonly string[];
  /** The command's flags. */
  readonly flags: Flags;
}

/** Adds a command that opens an image, asks it, and closes it. */
export function addImageCommand<Flags extends OptionValues>(asks: ImageCommand<Flags>) {
  return (program: Command, streams: Streams, done: (code: number) => void): void => {
    const opening = addOptions(program.command(asks.name), imageOptions());
    const command = addOptions(asks.opening ? addOptions(opening, asks.opening()) : opening, asks.options())
      .summary(asks.summary)
      .description(asks.description)
      .argument("<image>", "memory image")
      .addHelpText("after", asks.examples);
    const run = async (file: string, addresses: readonly string[], flags: Flags) => {
      refuse(command, asks, addresses, flags);
      const image = await openNamed(file, flags, streams);
      try {
        await asks.answer({ image, file, addresses, flags, streams });
      } finally {
        image.close();
      }
      done(ExitCode.clean);
    };
    if (asks.addresses === undefined) command.action((file, flags) => run(file, [], flags as Flags));
    else
      command
        .argument("[address...]", asks.addresses)
        .action((file, addresses, flags) => run(file, addresses, flags as Flags));
  };
}

/** Adds a command that asks an image that is open. */
export function addOpenedCommand<Flags extends OptionValues>(
  program: Command,
  asks: ImageCommand<Flags>,
  opened: Opened,
): void {
  const command = addOptions(program.command(asks.name), asks.options())
    .summary(asks.summary)
    .description(asks.description);
  const run = async (addresses: readonly string[], flags: Flags) => {
    refuse(command, asks, addresses, flags);
    await asks.answer({ ...opened, addresses, flags });
  };
  if (asks.addresses === undefined) command.action((flags) => run([], flags as Flags));
  else command.argument("[address...]", asks.addresses).action((addresses, flags) => run(addresses, flags as Flags));
}

/** Refuses what does not go together, before long work begins. */
function refuse<Flags extends OptionValues>(
  command: { error(message: string): never },
  { refusal }: ImageCommand<Flags>,
  addresses: readonly string[],
  flags: Flags,
): void {
  const why = refusal?.(addresses, flags);
  if (why !== undefined) command.error(`error: ${why}`);
}
