import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const EXAMPLES = join(ROOT, "examples");

/** The examples of doc comments, each with the folder of its package. */
const examples = readdirSync(join(ROOT, "packages")).flatMap((name) => {
  const folder = join(ROOT, "packages", name);
  return readdirSync(join(folder, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => {
      const text = readFileSync(join(folder, "src", file), "utf8");
      return [...text.matchAll(/^ *\* @example\n *\* ```ts\n(.*?)^ *\* ```$/gms)].map(([, block], i) => ({
        title: `${relative(ROOT, join(folder, "src", file))}${i > 0 ? ` ${i + 1}` : ""}`,
        folder,
        code: block.replace(/^ *\* ?/gm, ""),
      }));
    });
});

/** What an example says that it prints: the comments behind its calls of `console.log`. */
const printed = (code: string) => [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text);

/** Runs code from a file in the package. @returns the lines that it prints */
async function run(folder: string, code: string): Promise<string[]> {
  const file = join(folder, `.doc-example-${process.pid}-${Date.now()}.ts`);
  const lines: string[] = [];
  const log = console.log;
  writeFileSync(file, code);
  console.log = (...values) => lines.push(format(...values));
  try {
    await import(/* @vite-ignore */ pathToFileURL(file).href);
  } finally {
    console.log = log;
    rmSync(file);
  }
  return lines;
}

describe("examples in doc comments print what they say", () => {
  const home = process.cwd();
  const scratch = mkdtempSync(join(tmpdir(), "kasan-examples-"));

  // The files that examples name.
  beforeAll(() => {
    copyFileSync(join(EXAMPLES, "kmalloc_oob_right.c"), join(scratch, "bug.c"));
    copyFileSync(join(EXAMPLES, "kmalloc_oob_right.txt"), join(scratch, "dmesg.log"));
    process.chdir(scratch);
  });
  afterAll(() => {
    process.chdir(home);
    rmSync(scratch, { recursive: true });
  });

  it.each(examples)("$title", async ({ folder, code }) => {
    expect(printed(code).length).toBeGreaterThan(0);
    expect(await run(folder, code)).toEqual(printed(code));
  });
});
