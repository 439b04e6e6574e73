import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import { sourcesBelow } from "../logs/find-sources.ts";
import { InputError } from "../logs/input-error.ts";
import { type LogSource, versionOf } from "../logs/log-source.ts";
import { STDIN } from "../logs/open-log.ts";

/** A log to be read. Its path is absolute; {@link STDIN} for standard input. */
export interface LogFile extends LogSource {
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
  if (info?.isFile()) return [await logFile({ path: resolve(path) })];
  const sources = info?.isDirectory() ? await sourcesBelow(resolve(path)) : await matches(path);
  if (sources.length === 0 && !info) throw new InputError("INPUT_MISSING", `${path}: no such file or folder`);
  const files = await Promise.all(sources.map((source) => logFile(source).catch(() => undefined)));
  // A file can go away between the listing and now.
  return files.filter((file) => file !== undefined);
}

async function matches(pattern: string): Promise<LogSource[]> {
  if (!isDynamicPattern(pattern)) return [];
  const names = await glob(pattern.replaceAll("\\", "/"), { absolute: true, dot: true, onlyFiles: true });
  return names.map((name) => ({ path: resolve(name) }));
}

const logFile = async (source: LogSource): Promise<LogFile> => ({ ...source, version: await versionOf(source) });
