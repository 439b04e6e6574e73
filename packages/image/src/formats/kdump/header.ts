import type { CoreNote } from "@kasan/platform";
import { ImageError } from "../../error.ts";
import type { ByteSource } from "../../source.ts";
import { beginsWith } from "../format.ts";
import { MOST_NOTE_BYTES, parseNotes } from "../notes.ts";
import type { Warnings } from "../warnings.ts";

/** `status` of the header: the dump was not finished. */
const DUMP_DH_COMPRESSED_INCOMPLETE = 8;
/** Versions that are known: what they add is appended. */
const NEWEST = 6;

/**
 * What the two headers of a kdump-compressed file say (makedumpfile's IMPLEMENTATION and diskdump_mod.h): the header proper in the first
 * block, the sub-header in the next ones, then two bitmaps of the machine's pages, then a descriptor of each page that is there.
 */
export interface KdumpHeader {
  /** Bytes of a block, which is a page of the machine. */
  readonly blockBytes: number;
  /** The machine's name in `uname -m`. */
  readonly machine: string;
  /** Offset of the first bitmap, the bytes of both, and the offset of the first descriptor. */
  readonly bitmapAt: number;
  readonly bitmapBytes: number;
  readonly descriptorsAt: number;
  /** Pages of the machine: the page frame number after the last. */
  readonly pages: number;
  /** Whether the dump was not finished. */
  readonly incomplete: boolean;
  /** What was left out (`makedumpfile -d`), or 0. */
  readonly level: number;
  /** The page frame numbers of which a part of a split dump has pages; `undefined` if it is whole. */
  readonly part: { readonly start: number; readonly end: number } | undefined;
  /** Its notes, VMCOREINFO among them. */
  readonly notes: readonly CoreNote[];
  /** What all parts of a split dump have in common: when and where it was made. */
  readonly identity: string;
}

/** Whether a file begins as a kdump-compressed one. */
export const isKdump = (head: Uint8Array) => beginsWith(head, "KDUMP   ");

const UTSNAME = 12;
const UTSNAME_FIELD = 65;
const latin1 = new TextDecoder("latin1");

/**
 * Reads the headers.
 *
 * @throws {@link ImageError} `IMAGE_FORMAT`
 */
export function readHeader(source: ByteSource, path: string, warnings: Warnings): KdumpHeader {
  const head = new Uint8Array(512);
  source.read(0, head);
  const view = new DataView(head.buffer);
  const refuse = (why: string) => new ImageError("IMAGE_FORMAT", `${path}: ${why}; make the dump again`);
  const version = view.getUint32(8, true);
  if (version >= 2 ** 24) throw refuse("a kdump-compressed file of a big-endian machine, which nothing here reads");
  const blockBytes = view.getUint32(428, true);
  if (blockBytes < 4096 || blockBytes > 2 ** 18 || (blockBytes & (blockBytes - 1)) !== 0)
    throw refuse(`its header is damaged: pages of ${blockBytes} bytes`);
  if (version > NEWEST) warnings.add("version", `its format has version ${version}; known are those up to ${NEWEST}`);

  const bitmapAt = (1 + view.getUint32(432, true)) * blockBytes;
  const bitmapBytes = view.getUint32(436, true) * blockBytes;
  const more = subHeader(source, blockBytes, version, warnings);
  return {
    blockBytes,
    machine: latin1
      .decode(head.subarray(UTSNAME + 4 * UTSNAME_FIELD, UTSNAME + 5 * UTSNAME_FIELD))
      .replace(/\0.*$/s, ""),
    bitmapAt,
    bitmapBytes,
    descriptorsAt: bitmapAt + bitmapBytes,
    pages: more.pages ?? view.getUint32(440, true),
    incomplete: (view.getUint32(424, true) & DUMP_DH_COMPRESSED_INCOMPLETE) !== 0,
    level: more.level,
    part: more.part,
    notes: more.notes,
    identity: latin1.decode(head.subarray(0, 424)),
  };
}

type SubHeader = Pick<KdumpHeader, "level" | "part" | "notes"> & { readonly pages: number | undefined };

/** Reads `kdump_sub_header`. */
function subHeader(source: ByteSource, at: number, version: number, warnings: Warnings): SubHeader {
  const bytes = new Uint8Array(104);
  source.read(at, bytes);
  const view = new DataView(bytes.buffer);
  const long = (offset: number) => Number(view.getBigUint64(offset, true));
  const of = (least: number, offset: number) => (version >= least ? long(offset) : 0);
  const split = version >= 2 && view.getInt32(12, true) !== 0;
  const [start, end] = version >= 6 ? [long(80), long(88)] : [long(16), long(24)];
  const info = notesAt(source, of(3, 32), of(3, 40), warnings);
  return {
    level: version >= 1 ? view.getInt32(8, true) : 0,
    part: split ? { start, end } : undefined,
    notes: [
      ...(info.length > 0 ? [{ owner: "VMCOREINFO", type: 0, data: info }] : []),
      ...parseNotes(notesAt(source, of(4, 48), of(4, 56), warnings)),
    ],
    pages: version >= 6 ? long(96) : undefined,
  };
}

function notesAt(source: ByteSource, offset: number, size: number, warnings: Warnings): Uint8Array {
  const there = Math.min(size, MOST_NOTE_BYTES, Math.max(0, source.size - offset));
  if (there < size) warnings.add("notes are cut off", `notes: ${size} bytes are said to be there, ${there} are read`);
  const bytes = new Uint8Array(there);
  source.read(offset, bytes);
  return bytes;
}
