import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { InputError, inputError } from "../logs/input-error.ts";
import { openLog, STDIN } from "../logs/open-log.ts";

/** Characters that are read of a file: more than any test has. */
const ENOUGH = 100_000;

/**
 * The tests that paths name: files, and what ends in .litmus in folders, sorted.
 *
 * @throws {@link InputError} if one names nothing
 */
export async function findLitmusTests(paths: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const path of paths) for (const file of await expand(path)) found.add(file);
  return [...found];
}

async function expand(path: string): Promise<string[]> {
  if (path === STDIN) return [path];
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const files = (await readdir(path, { recursive: true })).filter((file) => file.endsWith(".litmus")).sort();
    if (files.length === 0) throw new InputError("INPUT_MISSING", `${path}: no *.litmus in this folder`);
    return files.map((file) => join(path, file));
  } catch (error) {
    throw inputError(path, error);
  }
}

/** @returns the text of a test, or its beginning if it is much longer than a test */
export async function readLitmusTest(path: string, input: Readable | undefined): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of openLog(path, input)) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > ENOUGH) break;
  }
  return text;
}
