import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileReason } from "@kasan/shadow";
import { STDIN } from "../logs/open-log.ts";
import { OutputError } from "../whole-file.ts";

/** The files, with C of standard input in one of its own where `-` is named. It goes away with the process. */
export async function withStdin(files: readonly string[], input: Readable = process.stdin): Promise<string[]> {
  if (!files.includes(STDIN)) return [...files];
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk));
  const path = temporary("stdin.c", Buffer.concat(chunks));
  return files.map((file) => (file === STDIN ? path : file));
}

/** A file in a folder of its own. */
function temporary(name: string, contents: Uint8Array): string {
  try {
    const folder = mkdtempSync(join(tmpdir(), "kasan-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, name);
    writeFileSync(path, contents);
    return path;
  } catch (error) {
    throw new OutputError(`a temporary file in ${tmpdir()}`, fileReason(error));
  }
}
