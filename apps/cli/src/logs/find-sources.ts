import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { FolderKind, FolderLogs } from "./folders/folder.ts";
import { maildir } from "./folders/maildir.ts";
import { pstore } from "./folders/pstore.ts";
import { publicInbox } from "./folders/public-inbox.ts";
import { syzkaller } from "./folders/syzkaller.ts";
import { inputError } from "./input-error.ts";
import type { LogSource } from "./log-source.ts";

/** Kinds of folders that say themselves which of their files are logs. */
const KINDS: readonly FolderKind[] = [maildir, pstore, syzkaller, publicInbox];

/**
 * The logs of a folder of a known kind; `undefined` for any other folder.
 *
 * @throws {@link InputError} if it cannot be read.
 */
export async function sourcesOf(folder: string): Promise<readonly LogSource[] | undefined> {
  return (await known(folder, (await namesIn(folder)).sort()))?.sources;
}

/** All logs below a folder, in the order of their names. Folders that links lead to are read once. */
export async function sourcesBelow(folder: string): Promise<LogSource[]> {
  const found: LogSource[] = [];
  const seen = new Set<string>();
  async function walk(path: string): Promise<void> {
    const real = await realpath(path);
    if (seen.has(real)) return;
    seen.add(real);
    const names = (await namesIn(path)).sort();
    const logs = await known(path, names);
    for (const source of logs?.sources ?? []) found.push(source);
    for (const name of logs ? (logs.others ?? []) : names) {
      const below = join(path, name);
      // A file can go away between the listing and now.
      const there = await stat(below).catch(() => undefined);
      if (there?.isDirectory()) await walk(below);
      else if (there?.isFile()) found.push({ path: below });
    }
  }
  await walk(folder);
  return found;
}

async function known(path: string, names: readonly string[]): Promise<FolderLogs | undefined> {
  for (const kind of KINDS) {
    const logs = await kind.find(path, names).catch((error) => {
      throw inputError(path, error);
    });
    if (logs) return logs;
  }
  return undefined;
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    throw inputError(path, error);
  }
}
