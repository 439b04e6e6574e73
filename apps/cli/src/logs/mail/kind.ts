/** What a file is: a log, one mail, many in the mbox format (RFC 4155), or entries as `journalctl -o export` writes them. */
export type InputKind = "log" | "mail" | "mailbox" | "journal";

/** Headers of mail are looked for in so many bytes. */
export const MAX_HEAD = 64 * 1024;
/** How a mailbox begins. */
const SEPARATOR = "From ";
/** How an entry of a journal begins (systemd's Journal Export Format). */
const ENTRY = "__CURSOR=";
/** A header of a mail (RFC 5322), and what goes on with the one before. */
const HEADER = /^([A-Za-z][A-Za-z0-9-]*):/;
const CONTINUED = /^[ \t]+\S/;

/**
 * What an input is, by how it begins; `undefined` if more of it must be seen. A mail has nothing but headers before its first empty line:
 * a log that has lines like `From ` or `BUG: ` is a log.
 *
 * @param whole - whether there is no more
 */
export function kindOf(head: Uint8Array, whole: boolean): InputKind | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, MAX_HEAD)).toString("latin1");
  const complete = whole || head.length >= MAX_HEAD;
  if (!complete && [SEPARATOR, ENTRY].some((start) => text.length < start.length && start.startsWith(text)))
    return undefined;
  if (text.startsWith(ENTRY)) return "journal";
  const mailbox = text.startsWith(SEPARATOR);
  const lines = text.split("\n");
  const last = lines.pop()!;
  const names = new Set<string>();
  for (const line of mailbox ? lines.slice(1) : lines) {
    if (line === "" || line === "\r") return hasMailHeaders(names) ? (mailbox ? "mailbox" : "mail") : "log";
    const name = HEADER.exec(line)?.[1];
    if (name !== undefined) names.add(name.toLowerCase());
    else if (names.size === 0 || !CONTINUED.test(line)) return "log";
  }
  return complete || !mayBecomeHeader(last, mailbox && lines.length === 0) ? "log" : undefined;
}

/** Every mail has these (RFC 5322, 3.6); no log has. */
function hasMailHeaders(names: ReadonlySet<string>): boolean {
  return names.has("from") && (names.has("date") || names.has("message-id"));
}

/** Whether a line that has not arrived wholly can be one of a mail's head. */
function mayBecomeHeader(line: string, separator: boolean): boolean {
  return separator || /^(?:\r?$|[ \t]|[A-Za-z][A-Za-z0-9-]*(?::|$))/.test(line);
}
