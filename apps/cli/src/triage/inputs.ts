import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import { InputError, inputError } from "../logs/input-error.ts";
import { STDIN } from "../logs/open-log.ts";

/** A log to be read. */
export interface LogFile {
  /** Its absolute path; {@link STDIN} for standard input. */
  readonly path: string;
  /** Changes if the file does. */
  readonly version: string;
}

/**
 * The files that paths, folders and globs name, each once, sorted.
 *
 * @throws {@link InputError} if one names nothing.
 */
export async function findLogs(paths: readonly string[]): Promise<LogFile[]> {
  const found = new Map<string, LogFile>();
  for (const path of paths) {
    for (const file of path === STDIN ? [{ path, version: "" }] : await expand(path)) found.set(file.path, file);
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function expand(path: string): Promise<LogFile[]> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile()) return [await logFile(resolve(path))];
  const options = { absolute: true, dot: true, onlyFiles: true };
  const names = info?.isDirectory()
    ? await glob("**/*", { ...options, cwd: path })
    : isDynamicPattern(path)
      ? await glob(path.replaceAll("\\", "/"), options)
      : [];
  if (names.length === 0 && !info) throw new InputError("INPUT_MISSING", `${path}: no such file or folder`);
  const files = await Promise.all(names.map((name) => logFile(resolve(name)).catch(() => undefined)));
  // A file can go away between the listing and now.
  return files.filter((file) => file !== undefined);
}

async function logFile(path: string): Promise<LogFile> {
  try {
    const { size, mtimeNs } = await stat(path, { bigint: true });
    return { path, version: `${size} ${mtimeNs}` };
  } catch (error) {
    throw inputError(path, error);
  }
}
