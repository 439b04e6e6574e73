import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { sourcesBelow } from "../logs/find-sources.ts";
import { InputError, inputError } from "../logs/input-error.ts";
import { openLog, STDIN } from "../logs/open-log.ts";

/** Characters that are read of a file: more than any test or list of verdicts has. */
const ENOUGH = 1_000_000;

/**
 * The tests that paths name: files, and what ends in .litmus below folders, sorted.
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
  const there = await stat(path).catch((error: unknown) => {
    throw inputError(path, error);
  });
  if (!there.isDirectory()) return [path];
  const files = (await sourcesBelow(path)).map((source) => source.path).filter((file) => file.endsWith(".litmus"));
  if (files.length === 0) throw new InputError("INPUT_MISSING", `${path}: no *.litmus in this folder`);
  return files;
}

/** @returns the text of a file, or its beginning if it is longer than what is read here can be */
export async function readText(path: string, input: Readable | undefined): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of openLog(path, input)) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > ENOUGH) break;
  }
  return text;
}
