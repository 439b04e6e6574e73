import { GuestError } from "@kasan/guest";
import { jsonText, type OutputFlags, writeForms } from "../commands/output-options.ts";
import { ExitCode } from "../exit-codes.ts";
import type { Streams } from "../output.ts";
import type { SourceTarget } from "./source-targets.ts";

/** Prints targets: a line for each, or all as JSON. @throws GuestError `NO_ENTRY` if there are none */
export async function list(
  targets: readonly SourceTarget[],
  flags: OutputFlags<"text" | "json">,
  streams: Streams,
): Promise<number> {
  if (targets.length === 0) {
    throw new GuestError(
      "NO_ENTRY",
      "nothing to fuzz: no FUZZ_TEST_SIMPLE(), no FUZZ_TEST(), no LLVMFuzzerTestOneInput()",
    );
  }
  const places = targets.map(({ name, file, line }) => ({ name, file, line }));
  const forms = {
    text: () => places.map(({ name, file, line }) => `${name}  ${file}:${line}\n`).join(""),
    json: () => jsonText({ version: 1, targets: places }),
  };
  await writeForms(flags, forms, streams);
  return ExitCode.clean;
}
