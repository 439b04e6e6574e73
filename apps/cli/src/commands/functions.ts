import type { Command } from "@commander-js/extra-typings";
import { providedFunctions } from "@kasan/guest";
import { ExitCode } from "../exit-codes.ts";
import type { Streams } from "../output.ts";
import { machineOptions, programOptions } from "./machine-options.ts";

const EXAMPLES = `
Examples:
  kasan functions | grep kmalloc

Exit codes: 0 done, 2 bad usage, 70 a bug in kasan.
`;

/** Adds `kasan functions`. */
export function addFunctions(program: Command, streams: Streams, done: (code: number) => void): void {
  program
    .command("functions")
    .summary("list the kernel functions that guests can call")
    .description(
      "Lists the kernel functions that guests can call, one per line: the same on every machine. Static inline functions and macros are in " +
        "the headers.",
    )
    .addHelpText("after", EXAMPLES)
    .action(async () => {
      const names = await providedFunctions(await programOptions(machineOptions().opts()));
      streams.out(`${names.join("\n")}\n`);
      done(ExitCode.clean);
    });
}
