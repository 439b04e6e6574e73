import { Readable } from "node:stream";
import { gitLines, startGit } from "./git.ts";
import type { OpenLog } from "./log-reader.ts";
import type { InboxState } from "./log-source.ts";
import { MailReader } from "./mail/mail.ts";

/** A change, as `git diff-tree --raw` prints it: the blob that is there now, and its path. */
const CHANGE = /^:\d{6} \d{6} [0-9a-f]+ ([0-9a-f]+) [AM]\t(.*)$/;
/** Where a mail is: `m` in the second format; in the first, its name's hash. */
const MAIL = /^(?:m|[0-9a-f]{2}\/[0-9a-f]{38})$/;
/** A mail that was taken out of the list, in the second format. */
const DELETED = "d";
const LINE_FEED = 0x0a;

/**
 * Reads the mails of a public inbox, the oldest first, each as one log. Each commit adds one.
 *
 * @throws {@link InputError} if git cannot read it.
 */
export async function readInbox(inbox: InboxState, open: OpenLog): Promise<void> {
  const ids = await mailsOf(inbox);
  const batch = startGit(inbox.gitDir, ["cat-file", "--batch"], Readable.from(ids.map((id) => `${id}\n`)));
  try {
    await readObjects(batch.stdout, open);
    await batch.ended;
  } finally {
    batch.stop();
  }
}

/** The blobs of the mails. */
async function mailsOf({ gitDir, head }: InboxState): Promise<string[]> {
  const commits = startGit(gitDir, ["rev-list", "--reverse", head]);
  const mails: string[] = [];
  const deleted = new Set<string>();
  try {
    const args = ["diff-tree", "--stdin", "--root", "-r", "--raw", "--no-renames", "--no-abbrev", "--no-commit-id"];
    for await (const line of gitLines(gitDir, args, commits.stdout)) {
      const [, blob, path] = CHANGE.exec(line) ?? [];
      if (path === DELETED) deleted.add(blob!);
      else if (path !== undefined && MAIL.test(path)) mails.push(blob!);
    }
    await commits.ended;
  } finally {
    commits.stop();
  }
  return mails.filter((blob) => !deleted.has(blob));
}

/** Reads what `git cat-file --batch` prints: for each object a line that ends with its size, its bytes, and a line feed. */
async function readObjects(stdout: Readable, open: OpenLog): Promise<void> {
  let header = "";
  let mail: MailReader | undefined;
  let left = 0;
  for await (const chunk of stdout as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; ) {
      if (mail === undefined) {
        const end = chunk.indexOf(LINE_FEED, at);
        header += chunk.toString("latin1", at, end < 0 ? chunk.length : end);
        at = end < 0 ? chunk.length : end + 1;
        const size = end < 0 ? undefined : /^[0-9a-f]+ blob (\d+)$/.exec(header)?.[1];
        if (end >= 0) header = "";
        if (size === undefined) continue;
        mail = new MailReader(open);
        left = Number(size);
      } else if (left > 0) {
        const piece = chunk.subarray(at, at + left);
        await mail.push(piece);
        left -= piece.length;
        at += piece.length;
      } else {
        await mail.end();
        mail = undefined;
        at++;
      }
    }
  }
}
