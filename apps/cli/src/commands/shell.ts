import type { Command } from "@commander-js/extra-typings";
import type { Streams } from "../output.ts";
import { Shell } from "../shell/shell.ts";
import { addOptions } from "./flags.ts";
import { configOption, IMAGE_HELP, imageOptions, openNamed, userRootOption } from "./image-options.ts";

const EXAMPLES = `
${IMAGE_HELP}

Examples:
  kasan shell vmcore                                        at a prompt: help, Tab and the arrow keys work
  echo 'task(1).comm' | kasan shell vmcore                  a value of the kernel's memory
  kasan shell vmcore < questions                            many lines; the first error ends it

A line is a command, as inspect ADDRESS, find ADDRESS, scan, dmesg or ptdump, or an expression of JavaScript. Types come from the kernel's
BTF; without it, expressions have no task() and type(). The lines of prompts are kept in $KASAN_CACHE_DIR/shell-history (~/.cache/kasan).

Takes less than 1 s to open an image, and less for most questions; a compressed image is decompressed first.
Exit codes: 0 done, 2 bad usage or input, or a line of a script that fails, 70 a bug in kasan.
`;

/** Adds `kasan shell`. */
export function addShell(program: Command, streams: Streams, done: (code: number) => void): void {
  addOptions(addOptions(addOptions(program.command("shell"), imageOptions()), userRootOption()), configOption())
    .summary("ask a memory image at a prompt, or by a script")
    .description(
      "Opens a memory image once and answers lines about it: the commands inspect, find, scan, dmesg and ptdump, and expressions over the kernel's memory with its types, like task(1).comm.",
    )
    .argument("<image>", "memory image")
    .addHelpText("after", EXAMPLES)
    .action(async (file, flags) => {
      const image = await openNamed(file, flags, streams);
      try {
        done(await new Shell(image, file, streams, streams.input ?? process.stdin).run());
      } finally {
        image.close();
      }
    });
}
