import { ImageError } from "../error.ts";
import type { ByteSource } from "../source.ts";
import { BLOCK, isZero } from "../zeros.ts";
import type { Host, Scratch } from "./host.ts";

/** A page has no room for more. Bytes, of blocks that are not zero. */
const MOST_SCRATCH = 2 ** 30;

/** Blocks in memory; those that are zero are left out. */
class ScratchMemory implements Scratch, ByteSource {
  size = 0;
  private readonly blocks = new Map<number, Uint8Array>();
  private block = new Uint8Array(BLOCK);

  constructor(private readonly name: string) {}

  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const at = this.size % BLOCK;
      const part = bytes.subarray(done, done + BLOCK - at);
      this.block.set(part, at);
      done += part.length;
      this.size += part.length;
      if (this.size % BLOCK === 0) this.keep(this.size / BLOCK - 1);
    }
  }

  finish(): ByteSource {
    if (this.size % BLOCK !== 0) this.keep(Math.floor(this.size / BLOCK));
    return this;
  }

  read(offset: number, into: Uint8Array): number {
    const count = Math.max(0, Math.min(into.length, this.size - offset));
    for (let done = 0; done < count; ) {
      const at = (offset + done) % BLOCK;
      const length = Math.min(BLOCK - at, count - done);
      const block = this.blocks.get(Math.floor((offset + done) / BLOCK));
      if (block) into.set(block.subarray(at, at + length), done);
      else into.fill(0, done, done + length);
      done += length;
    }
    return count;
  }

  close(): void {
    this.blocks.clear();
  }

  private keep(index: number): void {
    if (isZero(this.block)) return;
    if (this.blocks.size * BLOCK >= MOST_SCRATCH)
      throw new ImageError(
        "IMAGE_READ",
        `${this.name}: more than 1 GB when it is decompressed; the command kasan reads it`,
      );
    this.blocks.set(index, this.block);
    this.block = new Uint8Array(BLOCK);
  }
}

async function* gunzip(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unzip = new DecompressionStream("gzip");
  const writer = unzip.writable.getWriter();
  const feed = (async () => {
    for (const chunk of chunks) await writer.write(chunk.slice());
    await writer.close();
  })();
  // What goes wrong is told by the other end.
  feed.catch(() => {});
  const reader = unzip.readable.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  await feed;
}

const noFiles = (path: string): never => {
  throw new ImageError("IMAGE_READ", `${path}: a browser opens no files by name; give their bytes`);
};

/** A browser. */
export const host: Host = {
  open: noFiles,
  openMachine: noFiles,
  neighbours: () => [],
  beside: noFiles,
  scratch: (name) => new ScratchMemory(name),
  gunzip,
  writeFile: noFiles,
};
