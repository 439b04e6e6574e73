import { decompressed } from "../../compression/decompress.ts";
import { ImageError } from "../../error.ts";
import type { Indexer } from "../../file-index.ts";
import type { ByteSource } from "../../source.ts";
import { beginsWith, closing, headOf, type ImageFormat, type OpenedImage, type Opening } from "../format.ts";
import { layoutOf, MigratedMemory } from "./memory.ts";
import { readMigration } from "./stream.ts";
import { indexOfMigration, migrationOfIndex } from "./stream-index.ts";

/** A migration stream of QEMU: of `virsh dump` without --memory-only, of `migrate exec:cat>FILE`, of `savevm`. */
export const migration: ImageFormat = {
  name: "a migration stream of QEMU",
  recognises: (head) => beginsWith(head, "QEVM"),
  open: ({ source, path, indexed }) => openStream(source, path, indexed),
};

/** What `virsh save` and `virsh managedsave` write: a header, the machine's XML, a migration stream. */
export const libvirtSave: ImageFormat = {
  name: "a save file of libvirt",
  recognises: (head) => beginsWith(head, "LibvirtQemud"),
  open: openSave,
};

async function openStream(source: ByteSource, path: string, indexed: Indexer): Promise<OpenedImage> {
  const index = await indexed(source, "migration", () => indexOfMigration(readMigration(source, path)));
  const stream = migrationOfIndex(index);
  const { elfMachine, segments } = layoutOf(stream, path);
  const warnings = stream.isCut ? [`${path}: the stream is cut off: some pages are missing`] : [];
  return { elfMachine, memory: new MigratedMemory(source, segments), notes: [], warnings };
}

/** Bytes of the header (`struct _virQEMUSaveHeader` in src/qemu/qemu_saveimage.h): magic, version, size of the XML, and more. */
const HEADER = 92;
/** Whether the stream is compressed, and with what, by number: what is left out is not compressed by one of ours. */
const FORMATS = ["raw", "gzip", "bzip2", "xz", "lzop", "zstd"];

async function openSave({ source, path, indexed }: Opening): Promise<OpenedImage> {
  const view = new DataView(headOf(source).buffer);
  if (view.getUint32(16, true) > 2 ** 16)
    throw new ImageError(
      "IMAGE_FORMAT",
      `${path}: a save file of libvirt of a big-endian machine, which nothing here reads`,
    );
  const stream = new RestOfSource(source, HEADER + view.getUint32(20, true));
  const head = headOf(stream);
  if (beginsWith(head, "QEVM")) return openStream(stream, path, indexed);
  const plain = await decompressed(stream, path, indexed);
  if (plain !== stream) return closing(plain, () => openStream(plain, path, indexed));
  const format = FORMATS[view.getUint32(28, true)] ?? "an unknown format";
  throw new ImageError(
    "IMAGE_FORMAT",
    `${path}: a save file of libvirt in ${format}; save it as raw (save_image_format in qemu.conf)`,
  );
}

/** A file from an offset on. */
class RestOfSource implements ByteSource {
  readonly size: number;
  readonly identity?: string;

  constructor(
    private readonly source: ByteSource,
    private readonly start: number,
  ) {
    this.size = Math.max(0, source.size - start);
    if (source.identity !== undefined) this.identity = `${source.identity}-${start}`;
  }

  read(offset: number, into: Uint8Array): number {
    return this.source.read(this.start + offset, into);
  }

  close(): void {
    this.source.close();
  }
}
