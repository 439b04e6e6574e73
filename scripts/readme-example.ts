import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "node:util";
import { readmeExample } from "./packages/readme.js";

/**
 * Runs the example in a package's README as it stands there, from a file inside the package, so that it imports packages by name. For
 * vitest, which strips its types.
 *
 * @returns What it wrote with `console.log`, and what the README says that it writes.
 */
export async function runReadmeExample(packageDir: string): Promise<{ output: string; expected: string }> {
  const { code, expected } = readmeExample(packageDir);
  const file = join(packageDir, `.readme-example-${process.pid}-${Date.now()}.ts`);
  await writeFile(file, code);
  const lines: string[] = [];
  const log = console.log;
  console.log = (...values) => lines.push(`${format(...values)}\n`);
  try {
    await import(/* @vite-ignore */ pathToFileURL(file).href);
  } finally {
    console.log = log;
    await rm(file);
  }
  return { output: lines.join(""), expected };
}
