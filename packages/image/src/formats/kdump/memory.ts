import type { MemorySegment } from "@kasan/platform";
import type { BlockCodec } from "../../compression/blocks.ts";
import { Reader } from "../../reader.ts";
import type { ByteSource } from "../../source.ts";
import type { PhysicalSource } from "../format.ts";
import type { Bitmap } from "./bitmap.ts";
import type { KdumpHeader } from "./header.ts";

/** `flags` of a page's descriptor: how it is compressed. */
const DUMP_DH_COMPRESSED_ZLIB = 1;
const DUMP_DH_COMPRESSED_LZO = 2;
const DUMP_DH_COMPRESSED_SNAPPY = 4;
const DUMP_DH_COMPRESSED_ZSTD = 0x20;

/** `struct page_desc`: offset and size in the file, flags, and what the kernel's page flags were. */
const DESCRIPTOR = 24;
/** What `makedumpfile -d` leaves out. */
const DL_EXCLUDE_ZERO = 1;

/** How pages are compressed, by flag. */
export interface PageCodecs {
  readonly zlib: BlockCodec;
  readonly lzo: BlockCodec;
  readonly snappy: BlockCodec;
  readonly zstd: BlockCodec;
}

/** A file of a dump, of which there are several if it was split. */
export interface KdumpFile {
  readonly source: ByteSource;
  readonly header: KdumpHeader;
  /** The pages that the machine has. */
  readonly present: Bitmap;
  /** Those that were dumped. */
  readonly dumped: Bitmap;
}

/** Descriptors that are looked at for where a file ends: a page of zeros can be that of another one, far from the end. */
const LAST = 4096;

/** Where the file of a part must reach at least, by its last pages; 0 if nothing says where they are. Bytes. */
export function endOf({ source, header, dumped }: KdumpFile): number {
  const [start, end] = header.part === undefined ? [0, dumped.bits] : [header.part.start, header.part.end];
  const last = Math.min(end, dumped.bits) - 1;
  if (last < start) return header.descriptorsAt;
  const count = dumped.rank(last) + (dumped.has(last) ? 1 : 0) - dumped.rank(start);
  const first = Math.max(0, count - LAST);
  const at = header.descriptorsAt + first * DESCRIPTOR;
  const bytes = new Uint8Array((count - first) * DESCRIPTOR);
  if (at + bytes.length > source.size) return at + bytes.length;
  source.read(at, bytes);
  const view = new DataView(bytes.buffer);
  let reach = count === 0 ? header.descriptorsAt : 0;
  for (let i = 0; i < bytes.length; i += DESCRIPTOR)
    reach = Math.max(reach, Number(view.getBigUint64(i, true)) + view.getUint32(i + 8, true));
  return reach;
}

/** Pages that are kept: many are the same one, as that of zeros. */
const KEPT = 64;

/** The memory in a kdump-compressed file, or in the parts of a split one. */
export class KdumpMemory implements PhysicalSource {
  /** What the machine has. */
  readonly segments: readonly MemorySegment[];
  private readonly parts: readonly KdumpPart[];
  private readonly pageBytes: number;

  constructor(
    private readonly files: readonly KdumpFile[],
    codecs: PageCodecs,
    segments: readonly MemorySegment[],
  ) {
    this.segments = segments;
    this.pageBytes = files[0]!.header.blockBytes;
    this.parts = files.map((file) => new KdumpPart(file, codecs));
  }

  read(physical: number, into: Uint8Array): number {
    const { pageBytes } = this;
    let found = 0;
    for (let at = physical; at < physical + into.length; ) {
      const frame = Math.floor(at / pageBytes);
      const next = Math.min((frame + 1) * pageBytes, physical + into.length);
      const page = this.page(frame);
      if (typeof page !== "string") {
        const from = at - frame * pageBytes;
        into.set(page.subarray(from, from + next - at), at - physical);
        found += next - at;
      }
      at = next;
    }
    return found;
  }

  absence(physical: number): string | undefined {
    const page = this.page(Math.floor(physical / this.pageBytes));
    return typeof page === "string" ? page : undefined;
  }

  close(): void {
    for (const { source } of this.files) source.close();
  }

  /** A page's bytes, or why they are not there. */
  private page(frame: number): Uint8Array | string {
    for (const part of this.parts) if (part.covers(frame)) return part.page(frame);
    return this.files[0]!.present.has(frame)
      ? "it is in another part of a split dump"
      : "the machine has no memory there";
  }
}

/** What one file has. */
class KdumpPart {
  private readonly reader: Reader;
  private readonly zeros: Uint8Array;
  /** Pages by their offset in the file. */
  private readonly kept = new Map<number, Uint8Array>();
  private readonly before: number;

  constructor(
    private readonly file: KdumpFile,
    private readonly codecs: PageCodecs,
  ) {
    this.reader = new Reader(file.source);
    this.zeros = new Uint8Array(file.header.blockBytes);
    // A part has the bits of all pages, but descriptors of its own alone.
    this.before = file.header.part === undefined ? 0 : file.dumped.rank(file.header.part.start);
  }

  covers(frame: number): boolean {
    const { part, pages } = this.file.header;
    return part === undefined ? frame < pages : part.start <= frame && frame < part.end;
  }

  page(frame: number): Uint8Array | string {
    const { dumped, present, header } = this.file;
    if (!dumped.has(frame)) {
      if (!present.has(frame)) return "the machine has no memory there";
      return header.level === DL_EXCLUDE_ZERO ? this.zeros : `it was filtered out: ${filtered(header.level)}`;
    }
    const at = header.descriptorsAt + (dumped.rank(frame) - this.before) * DESCRIPTOR;
    const descriptor = this.reader.at(at, DESCRIPTOR);
    if (descriptor === undefined) return "the dump is cut off before it";
    return this.data(
      Number(descriptor.getBigUint64(0, true)),
      descriptor.getUint32(8, true),
      descriptor.getUint32(12, true),
    );
  }

  private data(offset: number, size: number, flags: number): Uint8Array | string {
    const kept = this.kept.get(offset);
    if (kept !== undefined) return kept;
    const { source, header } = this.file;
    // A dump that was not finished has descriptors of zeros.
    if (offset === 0 && size === 0) return "the dump was not finished";
    if (offset + size > source.size) return "the dump is cut off before it";
    if (size > header.blockBytes) return "its descriptor is damaged";
    const bytes = new Uint8Array(size);
    source.read(offset, bytes);
    let page: Uint8Array;
    try {
      page = this.decompress(bytes, flags);
    } catch {
      return "its data in the dump is damaged";
    }
    if (this.kept.size >= KEPT) this.kept.clear();
    this.kept.set(offset, page);
    return page;
  }

  private decompress(bytes: Uint8Array, flags: number): Uint8Array {
    const { codecs } = this;
    const { blockBytes } = this.file.header;
    if (flags & DUMP_DH_COMPRESSED_ZLIB) return codecs.zlib(bytes, blockBytes);
    if (flags & DUMP_DH_COMPRESSED_LZO) return codecs.lzo(bytes, blockBytes);
    if (flags & DUMP_DH_COMPRESSED_SNAPPY) return codecs.snappy(bytes, blockBytes);
    if (flags & DUMP_DH_COMPRESSED_ZSTD) return codecs.zstd(bytes, blockBytes);
    if (bytes.length !== blockBytes) throw new Error("not a page");
    return bytes;
  }
}

/** What a dump level leaves out, by its bits. */
const LEVEL = ["zeros", "page cache", "page cache with private data", "user data", "free pages"];

function filtered(level: number): string {
  const kinds = LEVEL.filter((_, bit) => (level >> bit) & 1);
  return kinds.length === 0 ? "the dump does not say why" : `dump level ${level} leaves out ${kinds.join(", ")}`;
}
