import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { FolderKind } from "./folder.ts";

/** A maildir: a mail is a file of `cur` or `new`. Those that are being delivered, in `tmp`, are not read. */
export const maildir: FolderKind = {
  async find(folder, names) {
    if (!names.includes("cur") || !names.includes("new")) return undefined;
    const folders = ["cur", "new"].map((name) => join(folder, name));
    const lists = await Promise.all(folders.map((name) => readdir(name).catch(() => undefined)));
    if (lists.includes(undefined)) return undefined;
    const sources = lists.flatMap((mails, i) => mails!.sort().map((name) => ({ path: join(folders[i]!, name) })));
    // Folders within it are beside its own (Maildir++).
    return { sources, others: names.filter((name) => !["cur", "new", "tmp"].includes(name)) };
  },
};
