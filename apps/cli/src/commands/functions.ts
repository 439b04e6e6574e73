import type { Command } from "@commander-js/extra-typings";
import { providedFunctions } from "@kasan/guest";
import type { Streams } from "../output.ts";
import { addOptions } from "./flags.ts";
import { machineOptions, programOptions } from "./machine-options.ts";

/** Adds `kasan functions`. */
export function addFunctions(program: Command, streams: Streams): void {
  const command = program
    .command("functions")
    .summary("list the kernel functions that guests can call")
    .description(
      "Lists the kernel functions that guests can call, one per line. Static inline functions and macros are in the headers.",
    );
  addOptions(command, machineOptions()).action(async (flags) => {
    const names = await providedFunctions(await programOptions(flags));
    streams.out(`${names.join("\n")}\n`);
  });
}
