import { GuestError } from "@kasan/guest";
import { ExitCode } from "../exit-codes.ts";
import type { SourceTarget } from "./source-targets.ts";
import type { Teller } from "./teller.ts";

/** Prints targets: a line for each, or all as JSON. @throws GuestError `NO_ENTRY` if there are none */
export function list(targets: readonly SourceTarget[], json: boolean, teller: Teller): number {
  if (targets.length === 0) {
    throw new GuestError(
      "NO_ENTRY",
      "nothing to fuzz: no FUZZ_TEST_SIMPLE(), no FUZZ_TEST(), no LLVMFuzzerTestOneInput()",
    );
  }
  const places = targets.map(({ name, file, line }) => ({ name, file, line }));
  if (json) teller.out(`${JSON.stringify({ targets: places }, undefined, 2)}\n`);
  else for (const { name, file, line } of places) teller.out(`${name}  ${file}:${line}\n`);
  return ExitCode.clean;
}
