/** What files are that are no logs, by how they begin, and what to do about it. */
const KINDS: readonly (readonly [begins: RegExp, what: string])[] = [
  [/^\x7fELF/, "an ELF file; if it is a memory image, kasan inspect and kasan ptdump read it"],
  [/^(?:KDUMP {3}|makedumpfile\0)/, "a memory image of makedumpfile; kasan inspect and kasan ptdump read ELF cores"],
  [/^\xfd7zXZ\0/, "compressed by xz; give xz -dc's output, gzip or zstd"],
  [/^BZh[1-9]1AY&SY/, "compressed by bzip2; give bzip2 -dc's output, gzip or zstd"],
  [/^\x04"M\x18/, "compressed by lz4; give lz4 -dc's output, gzip or zstd"],
  [/^PK\x03\x04/, "a zip archive; give a file of it"],
  [/^(?:\x89PNG|\xff\xd8\xff|GIF8|%PDF-)/, "a picture; give its text"],
];

/** What a file is that begins so, if it is certain that it is no log. */
export function notALog(head: Uint8Array): string | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 32)).toString("latin1");
  return KINDS.find(([begins]) => begins.test(text))?.[1];
}

/** Bytes that are looked at to tell whether they are text. */
const SAMPLE = 64 * 1024;
/** Of random bytes, one in eleven is a control character that text does not have; of a log with what a bad line put there, few are. */
const MOST_CONTROLS = 0.05;
/** NUL, which files are padded with, backspace to carriage return, and escape. */
const IN_TEXT = new Set([0, 8, 9, 10, 11, 12, 13, 27]);

/** Whether bytes may be text of any encoding. */
export function isText(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, SAMPLE);
  let controls = 0;
  let counted = 0;
  for (const byte of sample) {
    if (byte !== 0) counted++;
    if (byte < 0x20 && !IN_TEXT.has(byte)) controls++;
  }
  return sample.length === 0 || (counted > 0 && controls <= MOST_CONTROLS * counted);
}
