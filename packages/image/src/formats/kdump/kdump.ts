import { unsnappy, unzlib } from "../../compression/blocks.ts";
import { unlzo } from "../../compression/lzo.ts";
import { unzstdBlock } from "../../compression/zstd.ts";
import { ImageError } from "../../error.ts";
import type { ByteSource } from "../../source.ts";
import { headOf, type ImageFormat, type OpenedImage, type Opening } from "../format.ts";
import { Warnings } from "../warnings.ts";
import { Bitmap } from "./bitmap.ts";
import { isKdump, type KdumpHeader, readHeader } from "./header.ts";
import { endOf, type KdumpFile, KdumpMemory, type PageCodecs } from "./memory.ts";

/** kdump-compressed files: of makedumpfile, of QEMU's `dump-guest-memory -z`, of `virsh dump --memory-only --format kdump-zlib`. */
export const kdump: ImageFormat = {
  name: "a kdump-compressed file",
  recognises: isKdump,
  open: openKdump,
};

/** ELF numbers of machines, by their name in `uname -m`. */
const ELF_MACHINES: Readonly<Record<string, number>> = {
  x86_64: 62,
  aarch64: 183,
  riscv64: 243,
  loongarch64: 258,
  ppc64: 21,
  ppc64le: 21,
  s390x: 22,
};

/** Bytes of a bitmap that are looked at, which is enough for 16 TB of 4 KiB pages. */
const MOST_BITMAP = 2 ** 29;
/** Stretches of memory that are told apart. */
const MOST_SEGMENTS = 2 ** 14;

async function openKdump(opening: Opening): Promise<OpenedImage> {
  const { source, path } = opening;
  const warnings = new Warnings();
  const header = readHeader(source, path, warnings);
  const elfMachine = elfMachineOf(header, path);
  if (header.incomplete) warnings.add("incomplete", `${path}: the dump was not finished: some pages are missing`);
  const file = fileOf(source, header, warnings);
  warnOfEnd(file, path, warnings);
  const files = header.part === undefined ? [file] : withOtherParts(file, opening, warnings);
  try {
    const segments = file.present.runs(header.blockBytes, MOST_SEGMENTS);
    if (segments.length === 0)
      throw new ImageError("IMAGE_EMPTY", `${path}: no memory in it; dump the machine's memory again`);
    const memory = new KdumpMemory(files, await codecs(), segments);
    return { elfMachine, memory, notes: header.notes, warnings: warnings.list };
  } catch (error) {
    for (const other of files) if (other !== file) other.source.close();
    throw error;
  }
}

const codecs = async (): Promise<PageCodecs> => ({
  zlib: unzlib,
  lzo: unlzo,
  snappy: unsnappy,
  zstd: await unzstdBlock(),
});

/** QEMU leaves the name of a machine of 32 bits too. */
function elfMachineOf({ machine }: KdumpHeader, path: string): number | undefined {
  if (machine === "") return undefined;
  const known = ELF_MACHINES[machine];
  if (known !== undefined) return known;
  throw new ImageError(
    "IMAGE_FORMAT",
    `${path}: memory of a machine called ${JSON.stringify(machine)}, which nothing here reads`,
  );
}

function fileOf(source: ByteSource, header: KdumpHeader, warnings: Warnings): KdumpFile {
  const { bitmapAt, bitmapBytes } = header;
  const half = Math.floor(bitmapBytes / 2);
  const there = Math.max(0, Math.min(half, MOST_BITMAP, source.size - bitmapAt));
  const pages = Math.min(header.pages, there * 8);
  if (pages < header.pages)
    warnings.add(
      "bitmap",
      `${header.pages} pages are said to be there; the bitmaps have ${pages}, which are looked at`,
    );
  return {
    source,
    header,
    present: new Bitmap(source, bitmapAt, pages),
    dumped: new Bitmap(source, bitmapAt + half, pages),
  };
}

/** Says if a file ends before its last pages do, which would be missing without a word. */
function warnOfEnd(file: KdumpFile, name: string, warnings: Warnings): void {
  const { header, source } = file;
  const end = endOf(file);
  if (end > source.size) {
    warnings.add("cut off", `${name}: the dump is cut off: of at least ${end} bytes, ${source.size} are there`);
  } else if (end === 0 && !header.incomplete) {
    warnings.add("cut off", `${name}: the dump is cut off: where its last pages are was not written`);
  }
}

/** Parts that a split dump can have. */
const MOST_PARTS = 256;

/** The parts of a split dump: those of the same folder that were made at the same time. */
function withOtherParts(first: KdumpFile, opening: Opening, warnings: Warnings): KdumpFile[] {
  const parts = [first];
  for (const name of opening.neighbours()) {
    if (parts.length >= MOST_PARTS) break;
    const other = partIn(opening, name, first.header);
    if (other === undefined) continue;
    const part = fileOf(other.source, other.header, warnings);
    warnOfEnd(part, name, warnings);
    parts.push(part);
  }
  parts.sort((a, b) => a.header.part!.start - b.header.part!.start);
  let next = 0;
  for (const { header } of parts) {
    if (header.part!.start > next) missing(next, header.part!.start, warnings);
    next = Math.max(next, header.part!.end);
  }
  if (next < first.header.pages) missing(next, first.header.pages, warnings);
  return parts;
}

function missing(start: number, end: number, warnings: Warnings): void {
  const frames = `page frames 0x${start.toString(16)} to 0x${(end - 1).toString(16)}`;
  warnings.add("split", `the part of this split dump with ${frames} is not in its folder`);
}

/** Another part of the same dump in a neighbouring file, if it is one. */
function partIn(
  opening: Opening,
  name: string,
  first: KdumpHeader,
): { source: ByteSource; header: KdumpHeader } | undefined {
  let source: ByteSource | undefined;
  try {
    source = opening.neighbour(name);
    if (source !== undefined && isKdump(headOf(source))) {
      const header = readHeader(source, name, new Warnings());
      if (header.identity === first.identity && header.part !== undefined && header.part.start !== first.part!.start)
        return { source, header };
    }
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
  }
  source?.close();
  return undefined;
}
