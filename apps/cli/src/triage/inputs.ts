import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
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
  const delivered = info?.isDirectory() ? await withoutUndelivered(names) : names;
  const files = await Promise.all(delivered.map((name) => logFile(resolve(name)).catch(() => undefined)));
  // A file can go away between the listing and now.
  return files.filter((file) => file !== undefined);
}

/** Without the mails that are still being delivered to a maildir: they are written in `tmp`, and moved to `new`. */
async function withoutUndelivered(names: readonly string[]): Promise<string[]> {
  const folders = new Set(names.map((name) => dirname(name)).filter((folder) => basename(folder) === "tmp"));
  const undelivered = new Set<string>();
  for (const folder of folders) {
    const beside = await Promise.all(
      ["cur", "new"].map((name) => stat(join(folder, "..", name)).catch(() => undefined)),
    );
    if (beside.every((one) => one?.isDirectory())) undelivered.add(folder);
  }
  return names.filter((name) => !undelivered.has(dirname(name)));
}

async function logFile(path: string): Promise<LogFile> {
  try {
    const { size, mtimeNs } = await stat(path, { bigint: true });
    return { path, version: `${size} ${mtimeNs}` };
  } catch (error) {
    throw inputError(path, error);
  }
}
