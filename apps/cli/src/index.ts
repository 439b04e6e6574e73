/**
 * The `kasan` command.
 *
 * @packageDocumentation
 */
import { CommanderError } from "@commander-js/extra-typings";
import { ExitCode } from "./exit-codes.ts";
import type { Streams } from "./output.ts";
import { createProgram } from "./program.ts";

export type { Streams } from "./output.ts";

/**
 * Runs the command.
 *
 * @param args - arguments without node and script
 * @returns the exit code
 */
export async function main(args: readonly string[], streams: Streams): Promise<number> {
  const own = { ...streams };
  let code: number = ExitCode.clean;
  const done = (result: number) => {
    code = result;
  };
  const program = await createProgram(args, own, done);
  const parse = () => program.parseAsync([...args], { from: "user" });
  try {
    if (args[0] === "complete") await (await import("./completion.ts")).printCompletions(parse, own);
    else await parse();
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.clean : ExitCode.usage;
    const { printError } = await import("./errors.ts");
    return printError(error, own);
  }
}
