/**
 * The `kasan` command.
 *
 * @packageDocumentation
 */
import tab from "@bomb.sh/tab/commander";
import { GuestError } from "@kasan/guest";
import { KasanError } from "@kasan/shadow";
import { Command, CommanderError } from "commander";
import picocolors from "picocolors";
import ownPackage from "../package.json" with { type: "json" };
import { addBench } from "./commands/bench.ts";
import { addCheck } from "./commands/check.ts";
import { addCompareModes } from "./commands/compare-modes.ts";
import { addCompareShadow } from "./commands/compare-shadow.ts";
import { addExplain } from "./commands/explain.ts";
import { addFunctions } from "./commands/functions.ts";
import { addInspect } from "./commands/inspect.ts";
import { addLayout } from "./commands/layout.ts";
import { addPtdump } from "./commands/ptdump.ts";
import { addReplay } from "./commands/replay.ts";
import { addRun } from "./commands/run.ts";
import { addTriage } from "./commands/triage.ts";
import { ExitCode } from "./exit-codes.ts";
import type { Streams } from "./output.ts";

export type { Streams } from "./output.ts";

/**
 * Runs the command.
 *
 * @param args - arguments without node and script
 * @returns the exit code
 */
export async function main(args: readonly string[], streams: Streams): Promise<number> {
  let code: number = ExitCode.clean;
  const colors = picocolors.createColors(streams.isTerminal && !process.env.NO_COLOR);
  const program = new Command("kasan")
    .description("KASAN, the Linux kernel's address sanitizer: run kernel-style C under it, read its reports.")
    .version(ownPackage.version)
    .exitOverride()
    .configureOutput({ writeOut: streams.out, writeErr: streams.err });
  const done = (result: number) => {
    code = result;
  };
  addRun(program, streams, done);
  addLayout(program, streams, done);
  addCompareShadow(program, streams, done);
  addCompareModes(program, streams, done);
  addBench(program, streams, done);
  addReplay(program, streams, done);
  addCheck(program, streams, done);
  addExplain(program, streams, done);
  addTriage(program, streams, done);
  addPtdump(program, streams, done);
  addInspect(program, streams, done);
  addFunctions(program, streams);
  for (const command of program.commands)
    command.exitOverride().configureOutput({ writeOut: streams.out, writeErr: streams.err });
  tab(program);
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.clean : ExitCode.usage;
    const prefix = colors.red("kasan:");
    if (error instanceof KasanError) {
      if (error instanceof GuestError && error.details) streams.err(error.details);
      streams.err(`${prefix} ${error.message}\n`);
      return ExitCode.usage;
    }
    streams.err(
      `${prefix} a defect of kasan, please report it with the program that shows it:\n${(error as Error).stack}\n`,
    );
    return ExitCode.internal;
  }
}
