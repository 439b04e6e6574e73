/** Lines of a mailbox longer than this are read in pieces. */
const MAX_LINE = 64 * 1024;
/** Longer lines separate no mails. */
const MAX_SEPARATOR = 512;
const LINE_FEED = 0x0a;
const QUOTE = 0x3e;

/** The lines of an input, as bytes, endings included. */
export async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    const bytes =
      rest.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : Buffer.concat([rest, chunk]);
    let at = 0;
    for (;;) {
      const found = bytes.indexOf(LINE_FEED, at);
      const end = found >= 0 ? found + 1 : at + MAX_LINE;
      if (end > bytes.length) break;
      yield bytes.subarray(at, end);
      at = end;
    }
    rest = bytes.subarray(at);
  }
  if (rest.length > 0) yield rest;
}

/** Whether a line stands between two mails: `From somebody Thu Jan  1 00:00:00 1970`. An empty line is before it. */
export function isSeparator(line: Buffer): boolean {
  if (line.length > MAX_SEPARATOR || !line.toString("latin1", 0, 5).startsWith("From ")) return false;
  return /^From \S.*\d\d:\d\d.*\d{4}/.test(line.toString("latin1"));
}

/** Whether a line is empty. */
export function isEmpty(line: Buffer): boolean {
  return line.length <= 2 && /^\r?\n$/.test(line.toString("latin1"));
}

/** A mail's line, without the quote that a mailbox gives to lines that look like separators (mboxrd). */
export function unquote(line: Buffer): Buffer {
  if (line[0] !== QUOTE) return line;
  let at = 1;
  while (line[at] === QUOTE) at++;
  return line.toString("latin1", at, at + 5) === "From " ? line.subarray(1) : line;
}
