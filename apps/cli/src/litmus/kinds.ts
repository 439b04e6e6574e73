import { type LitmusVerdict, parseVerdicts } from "@kasan/explore";
import { InputError } from "../logs/input-error.ts";
import { readText } from "./files.ts";

/**
 * Reads a file of kinds: verdicts by the tests' names.
 *
 * @throws {@link InputError} if there is no verdict in it
 */
export async function readKinds(path: string): Promise<ReadonlyMap<string, LitmusVerdict>> {
  const verdicts = parseVerdicts(await readText(path, undefined));
  if (verdicts.size === 0)
    throw new InputError(
      "INPUT_DAMAGED",
      `${path}: no verdict in it; a line is a test's name, and Allowed, Forbidden or Required`,
    );
  return verdicts;
}
