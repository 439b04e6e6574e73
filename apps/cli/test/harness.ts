import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../src/index.ts";

/** The output and exit code of one run of the command. */
export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Runs the command in this process. */
export async function kasan(...args: string[]): Promise<Ran> {
  let out = "";
  let err = "";
  const code = await main(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    isTerminal: false,
    // A slow machine shall print no more than a fast one.
    progressEvery: Number.POSITIVE_INFINITY,
  });
  return { code, out, err };
}

/** Runs `kasan run`, which prints the kernel's own words, all of them: finding source lines takes a second for each program. */
export const run = (...args: string[]): Promise<Ran> => kasan("run", "--no-locate", "--all-reports", ...args);

/** A folder for one test's files, and a way to put files into it. */
export function scratch(): {
  folder: string;
  file: (name: string, content: string | Uint8Array) => string;
  remove: () => void;
} {
  const folder = mkdtempSync(join(tmpdir(), "kasan-cli-"));
  return {
    folder,
    file: (name, content) => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A schema as the package publishes it. */
export function publishedSchema(name: string): object {
  return JSON.parse(
    readFileSync(createRequire(import.meta.url).resolve(`@kasan/cli/schema/${name}.schema.json`), "utf8"),
  );
}
