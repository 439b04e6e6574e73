import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { gitLines } from "../git.ts";
import type { InputError } from "../input-error.ts";
import type { LogSource } from "../log-source.ts";
import type { FolderKind, FolderLogs } from "./folder.ts";

/** The mails of a commit's tree in the second format of public-inbox; in the first, the folders that mails lie in. */
const MAIL_NAMES = /^(?:[md]|[0-9a-f]{2})$/;

/** A mailing list as public-inbox keeps it, in git (public-inbox-v1-format(5), public-inbox-v2-format(5)): an inbox, one of its epochs, or a clone of one. */
export const publicInbox: FolderKind = {
  async find(folder, names) {
    if (names.includes("all.git") && names.includes("git")) {
      const epochs = (await readdir(join(folder, "git"))).filter((name) => /^\d+\.git$/.test(name));
      const found = await Promise.all(epochs.sort(byNumber).map((name) => findInbox(join(folder, "git", name))));
      return { sources: found.flat() };
    }
    if (["HEAD", "objects", "refs"].every((name) => names.includes(name))) return noneIfEmpty(await findInbox(folder));
    if (names.includes(".git") && names.every((name) => name === ".git" || MAIL_NAMES.test(name)))
      return noneIfEmpty(await findInbox(folder, join(folder, ".git")));
    return undefined;
  },
};

const byNumber = (a: string, b: string): number => Number.parseInt(a, 10) - Number.parseInt(b, 10);
const noneIfEmpty = (sources: LogSource[]): FolderLogs | undefined => (sources.length === 0 ? undefined : { sources });

async function findInbox(path: string, gitDir = path): Promise<LogSource[]> {
  const names = await linesOf(gitDir, ["ls-tree", "--name-only", "HEAD"]);
  if (names.length === 0 || !names.every((name) => MAIL_NAMES.test(name))) return [];
  const [head] = await linesOf(gitDir, ["rev-parse", "HEAD"]);
  return head === undefined ? [] : [{ path, inbox: { gitDir, head } }];
}

/** What git prints; nothing if the folder is no repository, or an empty one. */
async function linesOf(gitDir: string, args: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  try {
    for await (const line of gitLines(gitDir, args)) lines.push(line);
  } catch (error) {
    if ((error as InputError).code === "INPUT_GIT") throw error;
    return [];
  }
  return lines;
}
