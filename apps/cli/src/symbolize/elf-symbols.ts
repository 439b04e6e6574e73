import { closeSync, openSync, readSync } from "node:fs";
import { InputError, inputError } from "../logs/input-error.ts";

/** A function in an ELF file. */
export interface ElfSymbol {
  /** Its address. */
  readonly address: bigint;
  /** Its bytes. */
  readonly size: number;
}

const SHT_SYMTAB = 2;
const STT_FUNC = 2;
const STT_NOTYPE = 0;
const SECTION_HEADER = 64;
const SYMBOL = 24;

/**
 * The functions of a 64-bit little-endian ELF file, by name: a name can have several.
 *
 * @throws {@link InputError} `INPUT_SYMBOLS` if the file is not such an ELF file, or was stripped; others if it cannot be read.
 */
export function readElfSymbols(path: string): Map<string, ElfSymbol[]> {
  let file: number | undefined;
  try {
    const opened = openSync(path, "r");
    file = opened;
    return readSymbols(path, (offset, length) => readAt(opened, offset, length));
  } catch (error) {
    throw inputError(path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function readAt(file: number, offset: number, length: number): DataView {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = readSync(file, bytes, done, length - done, offset + done);
    if (count === 0) break;
    done += count;
  }
  return new DataView(bytes.buffer, 0, done);
}

function readSymbols(path: string, read: (offset: number, length: number) => DataView): Map<string, ElfSymbol[]> {
  const fail = (why: string) => new InputError("INPUT_SYMBOLS", `${path}: ${why}`);
  const header = read(0, 64);
  if (header.byteLength < 64 || header.getUint32(0) !== 0x7f454c46 || header.getUint16(4) !== 0x0201) {
    throw fail("is no 64-bit little-endian ELF file; --vmlinux takes an uncompressed vmlinux");
  }
  const count = header.getUint16(60, true);
  const sections = read(Number(header.getBigUint64(40, true)), count * SECTION_HEADER);
  if (sections.byteLength < count * SECTION_HEADER) throw fail("ends within its section headers");
  const table = Array.from({ length: count }, (_, i) => i * SECTION_HEADER).find(
    (at) => sections.getUint32(at + 4, true) === SHT_SYMTAB,
  );
  if (table === undefined) throw fail("has no symbols: it was stripped");
  const part = (at: number) =>
    read(Number(sections.getBigUint64(at + 24, true)), Number(sections.getBigUint64(at + 32, true)));
  const symbols = part(table);
  const link = sections.getUint32(table + 40, true);
  if (link >= count) throw fail("has symbols without names");
  const names = part(link * SECTION_HEADER);
  const bytes = new Uint8Array(names.buffer, 0, names.byteLength);
  const decoder = new TextDecoder();
  const found = new Map<string, ElfSymbol[]>();
  for (let at = 0; at + SYMBOL <= symbols.byteLength; at += SYMBOL) {
    const type = symbols.getUint8(at + 4) & 15;
    if ((type !== STT_FUNC && type !== STT_NOTYPE) || symbols.getUint16(at + 6, true) === 0) continue;
    const start = symbols.getUint32(at, true);
    const end = bytes.indexOf(0, start);
    const name = decoder.decode(bytes.subarray(start, end < 0 ? bytes.length : end));
    const symbol = { address: symbols.getBigUint64(at + 8, true), size: Number(symbols.getBigUint64(at + 16, true)) };
    const known = found.get(name);
    if (known) known.push(symbol);
    else found.set(name, [symbol]);
  }
  return found;
}
