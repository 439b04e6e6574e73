import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileReason } from "@kasan/shadow";
import { FuzzError } from "../error.ts";

/** An error of a file, in one line. `what`: what cannot be done with it. */
export function fileError(path: string, what: string, error: unknown): FuzzError {
  return new FuzzError("CORPUS", `${path} ${what}: ${fileReason(error)}`);
}

/**
 * Makes a folder and those that it is in, if they are not there. Node's own recursive `mkdir` never ends where a folder is there but takes
 * no others, as in `/proc`: this goes up to one that is there, and from there makes each folder once.
 *
 * @throws {@link FuzzError} `CORPUS` if it cannot be made
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  let at = resolve(path);
  for (; !existsSync(at) && at !== dirname(at); at = dirname(at)) missing.push(at);
  // The folder itself if it is there: it may be a file.
  try {
    for (const folder of missing.length > 0 ? missing.reverse() : [at]) makeOne(folder);
  } catch (error) {
    const isRefused = (error as NodeJS.ErrnoException).code === "ENOENT";
    const reason = isRefused ? `no folder can be made in ${at}` : fileReason(error);
    throw new FuzzError("CORPUS", `${path} cannot be made a folder: ${reason}`);
  }
}

/** Another process may have made it meanwhile. */
function makeOne(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !isFolder(folder)) throw error;
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
