import type { LogReader, OpenLog } from "../log-reader.ts";
import { type DecodedMail, decodeMail } from "./decode.ts";
import { MAX_HEAD } from "./kind.ts";

/** Mails beyond this are not decoded. Lists take less than a tenth of it. */
const MAX_MAIL = 16 * 1024 * 1024;
/** Lines are passed on in blocks: one by one they would take far longer. */
const BLOCK = 64 * 1024;

/**
 * Reads one mail as one log, its texts only: the text of the mail, and attachments that are text. A mail that is too large or too odd to be
 * decoded is read as it stands.
 */
export class MailReader {
  private held: Uint8Array[] = [];
  private size = 0;
  private block = Buffer.allocUnsafe(BLOCK);
  private filled = 0;
  private plain: LogReader | undefined;

  constructor(private readonly open: OpenLog) {}

  /** Reads on. */
  async push(bytes: Uint8Array): Promise<void> {
    if (bytes.length > BLOCK - this.filled) await this.flush();
    if (bytes.length > BLOCK) return this.take(bytes);
    this.block.set(bytes, this.filled);
    this.filled += bytes.length;
  }

  /** The mail is complete. */
  async end(): Promise<void> {
    await this.flush();
    if (!this.plain) {
      const mail = await decodeMail(Buffer.concat(this.held));
      if (mail !== undefined) return readTexts(mail, this.open(mail.ids));
      await this.readPlain();
    }
    await this.plain!.end();
  }

  private async flush(): Promise<void> {
    const full = this.block.subarray(0, this.filled);
    this.block = Buffer.allocUnsafe(BLOCK);
    this.filled = 0;
    await this.take(full);
  }

  private async take(bytes: Uint8Array): Promise<void> {
    if (this.plain) return this.plain.push(bytes);
    this.held.push(bytes);
    this.size += bytes.length;
    if (this.size > MAX_MAIL) await this.readPlain();
  }

  /** Reads it as it stands. */
  private async readPlain(): Promise<void> {
    const head = Buffer.concat(this.held).subarray(0, MAX_HEAD);
    const ids = (await decodeMail(headersOf(head)))?.ids;
    // A hash of the head alone would not tell the mail from others.
    this.plain = this.open(ids?.thread === undefined ? undefined : ids);
    for (const bytes of this.held.splice(0)) await this.plain.push(bytes);
  }
}

/** The bytes up to the first empty line. */
function headersOf(head: Buffer): Buffer {
  const end = /\n\r?\n/.exec(head.toString("latin1"))?.index;
  return head.subarray(0, end ?? head.length);
}

async function readTexts({ texts }: DecodedMail, log: LogReader): Promise<void> {
  for (const text of texts) {
    for (const piece of piecesOf(text)) await log.push(piece);
    await log.push("\n");
  }
  await log.end();
}

/** A text in blocks. A character is not cut in two. */
function* piecesOf(text: string | Uint8Array): Generator<string | Uint8Array> {
  for (let at = 0, end: number; at < text.length; at = end) {
    end = at + BLOCK;
    if (typeof text === "string" && /[\ud800-\udbff]/.test(text.charAt(end - 1))) end++;
    yield text.slice(at, end);
  }
}
