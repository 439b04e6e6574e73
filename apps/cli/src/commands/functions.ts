import { providedFunctions } from "@kasan/guest";
import type { Command } from "commander";
import type { Streams } from "../output.ts";
import { type MachineFlags, programOptions } from "./machine-options.ts";
import { addMachineOptions } from "./run.ts";

/** Adds `kasan functions`. */
export function addFunctions(program: Command, streams: Streams): void {
  const command = program
    .command("functions")
    .summary("list the kernel functions that guests can call")
    .description(
      "Lists the kernel functions that guests can call, one per line. Static inline functions and macros are in the headers.",
    );
  addMachineOptions(command).action(async (flags: MachineFlags) => {
    const names = await providedFunctions(await programOptions(flags));
    streams.out(`${names.join("\n")}\n`);
  });
}
