import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { InputError } from "./input-error.ts";
import type { OpenLog } from "./log-reader.ts";
import type { LogSource } from "./log-source.ts";
import { type InputKind, kindOf } from "./mail/kind.ts";
import type { MailReader } from "./mail/mail.ts";
import { isEmpty, isSeparator, linesOf, unquote } from "./mail/mailbox.ts";
import { notALog } from "./not-a-log.ts";
import { openLog, STDIN } from "./open-log.ts";

/**
 * Reads the logs of an input: a log, a mail, each mail of a mailbox (mbox) or of a mailing list's archive, or each log of a folder of a known
 * kind; plain or compressed. A path is what a user names.
 *
 * @throws {@link InputError} if it cannot be read, or is damaged.
 */
export async function readLogs(input: string | LogSource, open: OpenLog, stdin?: Readable): Promise<void> {
  if (typeof input !== "string") return readSource(input, open);
  const sources = input === STDIN ? undefined : await sourcesIn(input);
  if (sources) for (const source of sources) await readSource(source, open);
  else await readStream(openLog(input, stdin), input === STDIN ? "standard input" : input, open);
}

/** The logs of a folder of a known kind; `undefined` for what is no folder. What only folders need is loaded for them only. */
async function sourcesIn(path: string): Promise<readonly LogSource[] | undefined> {
  if (!(await stat(path).catch(() => undefined))?.isDirectory()) return undefined;
  const { sourcesOf } = await import("./find-sources.ts");
  const sources = await sourcesOf(path);
  if (sources === undefined) throw new InputError("INPUT_FOLDER", `${path}: is a folder; kasan triage reads folders`);
  return sources;
}

async function readSource({ path, parts = [path], inbox }: LogSource, open: OpenLog): Promise<void> {
  if (inbox === undefined) return readStream(openAll(parts), path, open);
  const { readInbox } = await import("./inbox.ts");
  await readInbox(inbox, open);
}

/** The bytes of files, one after another. */
async function* openAll(paths: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const path of paths) yield* openLog(path);
}

/** @param name - of what is read, for messages */
async function readStream(source: AsyncGenerator<Uint8Array>, name: string, open: OpenLog): Promise<void> {
  const { kind, all } = await recognize(source, name);
  if (kind === "mailbox") return readMailbox(all, open);
  if (kind === "mail") return readMail(all, open);
  const log = open();
  if (kind === "journal") return (await import("./journal.ts")).readJournal(all, log);
  for await (const chunk of all) await log.push(chunk);
  await log.end();
}

/** What an input is, and all of it, with what had to be read to know. */
async function recognize(
  source: AsyncGenerator<Uint8Array>,
  name: string,
): Promise<{ kind: InputKind; all: AsyncGenerator<Uint8Array> }> {
  let head = Buffer.alloc(0);
  let kind: InputKind | undefined;
  while (kind === undefined) {
    const next = await source.next();
    if (!next.done) head = Buffer.concat([head, next.value]);
    kind = kindOf(head, next.done === true);
  }
  const other = notALog(head);
  if (other !== undefined) throw new InputError("INPUT_KIND", `${name}: is no log, but ${other}`);
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
