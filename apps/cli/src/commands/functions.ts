import type { Command } from "@commander-js/extra-typings";
import { providedFunctions } from "@kasan/guest";
import { ExitCode } from "../exit-codes.ts";
import type { Streams } from "../output.ts";
import { addOptions } from "./flags.ts";
import { machineOptions, programOptions } from "./machine-options.ts";
import { formatOptions, jsonText, writeForms } from "./output-options.ts";

const EXAMPLES = `
Examples:
  kasan functions | grep kmalloc

Takes less than 1 s.
Exit codes: 0 done, 2 bad usage, 70 a bug in kasan.
`;

/** Adds `kasan functions`. */
export function addFunctions(program: Command, streams: Streams, done: (code: number) => void): void {
  addOptions(program.command("functions"), formatOptions(["json"]))
    .summary("list the kernel functions that guests can call")
    .description(
      "Lists the kernel functions that guests can call, one per line: the same on every machine. Static inline functions and macros are in " +
        "the headers.",
    )
    .addHelpText("after", EXAMPLES)
    .action(async (flags) => {
      const names = await providedFunctions(await programOptions(machineOptions().opts()));
      const forms = { text: () => `${names.join("\n")}\n`, json: () => jsonText({ version: 1, functions: names }) };
      await writeForms(flags, forms, streams);
      done(ExitCode.clean);
    });
}
