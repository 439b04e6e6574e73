import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { OpenLog } from "./log-reader.ts";
import { type InputKind, kindOf } from "./mail/kind.ts";
import type { MailReader } from "./mail/mail.ts";
import { isEmpty, isSeparator, linesOf, unquote } from "./mail/mailbox.ts";
import { openLog, STDIN } from "./open-log.ts";

/**
 * Reads the logs of an input: a log, a mail, each mail of a mailbox (mbox), or each of a folder in the maildir format; plain or compressed.
 *
 * @throws {@link InputError} if it cannot be read, or is damaged.
 */
export async function readLogs(path: string, open: OpenLog, stdin?: Readable): Promise<void> {
  for (const file of (await mailsOf(path)) ?? [path]) await readFile(file, open, stdin);
}

/** The mails of a maildir: those that were delivered. `undefined` for what is none. */
async function mailsOf(path: string): Promise<string[] | undefined> {
  if (path === STDIN) return undefined;
  const folders = ["cur", "new"].map((name) => join(path, name));
  const lists = await Promise.all(folders.map((folder) => readdir(folder).catch(() => undefined)));
  if (lists.includes(undefined)) return undefined;
  return lists.flatMap((names, i) => names!.sort().map((name) => join(folders[i], name)));
}

async function readFile(path: string, open: OpenLog, stdin?: Readable): Promise<void> {
  const { kind, all } = await recognize(openLog(path, stdin));
  if (kind === "mailbox") return readMailbox(all, open);
  if (kind === "mail") return readMail(all, open);
  const log = open();
  for await (const chunk of all) await log.push(chunk);
  await log.end();
}

/** What an input is, and all of it, with what had to be read to know. */
async function recognize(
  source: AsyncGenerator<Uint8Array>,
): Promise<{ kind: InputKind; all: AsyncGenerator<Uint8Array> }> {
  let head = Buffer.alloc(0);
  let kind: InputKind | undefined;
  while (kind === undefined) {
    const next = await source.next();
    if (!next.done) head = Buffer.concat([head, next.value]);
    kind = kindOf(head, next.done === true);
  }
  return { kind, all: joined(head, source) };
}

async function* joined(head: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  yield* rest;
}

async function readMail(source: AsyncIterable<Uint8Array>, open: OpenLog): Promise<void> {
  const { MailReader } = await import("./mail/mail.ts");
  const mail = new MailReader(open);
  for await (const chunk of source) await mail.push(chunk);
  await mail.end();
}

async function readMailbox(source: AsyncIterable<Uint8Array>, open: OpenLog): Promise<void> {
  const { MailReader } = await import("./mail/mail.ts");
  let mail: MailReader | undefined;
  let afterEmpty = true;
  for await (const line of linesOf(source)) {
    if (afterEmpty && (mail === undefined || isSeparator(line))) {
      await mail?.end();
      mail = new MailReader(open);
    } else await mail?.push(unquote(line));
    afterEmpty = isEmpty(line);
  }
  await mail?.end();
}
