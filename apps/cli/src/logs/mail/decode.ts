import { createHash } from "node:crypto";
import PostalMime, { type Attachment, type Email, type PostalMimeOptions } from "postal-mime";
import type { MailIds } from "../log-reader.ts";

/** Bounds for what nobody sends by honest means. Mails within mails are decoded here, one by one. */
const LIMITS: PostalMimeOptions = { maxNestingDepth: 32, maxHeadersSize: 256 * 1024, forceRfc822Attachments: true };
/** Each part takes its time, however small it is. */
const MAX_PARTS = 4000;
/** Each line takes a kilobyte of memory while a mail is decoded, however short it is. */
const MAX_LINES = 100_000;
/** Mails within mails within mails. */
const MAX_FORWARDED = 4;
/** Stands for `html` in types of parts. */
const MARKUP = "text/xtml";

/** What is read of a mail. */
export interface DecodedMail {
  readonly ids: MailIds;
  /** Its text, and what is attached of text. */
  readonly texts: readonly (string | Uint8Array)[];
}

/** Decodes a mail; `undefined` if it is too odd. */
export async function decodeMail(bytes: Buffer, depth = 0): Promise<DecodedMail | undefined> {
  const raw = bytes.toString("latin1");
  // Each part begins with two hyphens.
  if (occurrences(raw, "\n--") > MAX_PARTS || occurrences(raw, "\n") > MAX_LINES) return undefined;
  const email = await PostalMime.parse(Buffer.from(withoutMarkup(raw), "latin1"), LIMITS).catch(() => undefined);
  if (email === undefined) return undefined;
  const texts = await textsOf(email, depth);
  const sent = email.date === undefined ? {} : { sent: email.date };
  return { ids: { ...(idsOf(email) ?? { content: hashOf(texts) }), ...sent }, texts };
}

function hashOf(texts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(text).update("\n");
  return hash.digest("hex").slice(0, 16);
}

function occurrences(text: string, what: string): number {
  let count = 0;
  for (let at = text.indexOf(what); at >= 0; at = text.indexOf(what, at + 1)) count++;
  return count;
}

/**
 * A mail whose HTML is of another type, which the library does not know. It would turn it into text, and add it to the text: a report would be
 * there twice, and some HTML takes time that grows with the square of its length.
 */
function withoutMarkup(raw: string): string {
  return raw.replace(/^[ \t]*content-type[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*/gim, (header) =>
    header.replace(/text\/html/gi, MARKUP),
  );
}

async function textsOf({ text, attachments }: Email, depth: number): Promise<(string | Uint8Array)[]> {
  const texts: (string | Uint8Array)[] = text === undefined ? [] : [text];
  for (const attachment of attachments) {
    if (isText(attachment)) texts.push(contentOf(attachment));
    else if (attachment.mimeType === "message/rfc822" && depth < MAX_FORWARDED) {
      const forwarded = await decodeMail(Buffer.from(contentOf(attachment)), depth + 1);
      texts.push(...(forwarded?.texts ?? [contentOf(attachment)]));
    }
  }
  // Markup is no log; but whoever sent nothing else shall hear that nothing could be read.
  return texts.length > 0 ? texts : attachments.filter(({ mimeType }) => mimeType === MARKUP).map(contentOf);
}

function isText({ mimeType, filename }: Attachment): boolean {
  return mimeType === "text/plain" || /\.(?:txt|log)$/i.test(filename ?? "");
}

function contentOf({ content }: Attachment): Uint8Array {
  return typeof content === "string" ? Buffer.from(content) : new Uint8Array(content);
}

/** The mail's name and its thread's, which is the name of the thread's first mail (RFC 5322, 3.6.4). */
function idsOf({ messageId, references, inReplyTo }: Email): MailIds | undefined {
  const message = firstId(messageId);
  const thread = firstId(references) ?? firstId(inReplyTo) ?? message;
  return thread === undefined ? undefined : { ...(message !== undefined && { message }), thread };
}

/** The first `<id>` of a header, bare. */
function firstId(header = ""): string | undefined {
  return /<([^<>\s]{1,998})>/.exec(header)?.[1];
}
