import { readFile } from "node:fs/promises";
import type { LitmusResult } from "@kasan/explore";
import { InputError, inputError } from "../logs/input-error.ts";

/** What others say of a test's condition. */
export type Verdict = "Allowed" | "Forbidden" | "Required";

/** Verdicts, by the tests' names. */
export type Verdicts = ReadonlyMap<string, Verdict>;

const VERDICTS: Readonly<Record<string, Verdict>> = { A: "Allowed", F: "Forbidden", R: "Required" };

/**
 * Reads a file of kinds, as herd7's catalogue has them: a name and a verdict a line; other lines are left out.
 *
 * @throws {@link InputError} if there is no verdict in it
 */
export async function readKinds(path: string): Promise<Verdicts> {
  const verdicts = new Map<string, Verdict>();
  for (const line of (await readText(path)).split("\n")) {
    const parts = /^\s*(\S+)\s+(Allow|Forbid|Require)/.exec(line);
    if (parts !== null) verdicts.set(parts[1], VERDICTS[parts[2][0]]);
  }
  if (verdicts.size === 0)
    throw new InputError(
      "INPUT_DAMAGED",
      `${path}: no verdict in it; a line is a test's name, and Allowed, Forbidden or Required`,
    );
  return verdicts;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw inputError(path, error);
  }
}

/** @returns whether what a test asks about is seen in no, some or, if it asks for all, all of its executions */
export function kindOf({ test, positive, ok }: LitmusResult): Verdict {
  if (test.condition.quantifier === "forall" && ok) return "Required";
  return positive > 0 ? "Allowed" : "Forbidden";
}
