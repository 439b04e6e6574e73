import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "node:util";

/**
 * Runs the example in a package's README: the first `ts` block, as it stands there, from a file inside the package, so
 * that it imports packages by name. For vitest, which strips its types.
 *
 * @returns What it wrote with `console.log`, and what the first `text` block after it says that it writes.
 */
export async function runReadmeExample(packageDir: string): Promise<{ output: string; expected: string }> {
  const readme = await readFile(join(packageDir, "README.md"), "utf8");
  const [, code, expected] = /^```ts\n(.*?)^```$.*?^```text\n(.*?)^```$/ms.exec(readme) ?? [];
  if (code === undefined || expected === undefined) {
    throw new Error(`${packageDir}/README.md needs a \`\`\`ts block and, after it, a \`\`\`text block with its output`);
  }

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
