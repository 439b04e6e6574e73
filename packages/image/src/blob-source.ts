import type { ByteSource } from "./source.ts";

/** Reads a blob while its caller waits; only workers have it, so that the types of pages lack it. */
interface SyncReader {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}
declare const FileReaderSync: new () => SyncReader;

/** A file that was dropped on a page or chosen, read where it is asked for. Only workers can: pages must not wait for it. */
export class BlobSource implements ByteSource {
  readonly size: number;
  private readonly reader = new FileReaderSync();

  constructor(private readonly blob: Blob) {
    this.size = blob.size;
  }

  read(offset: number, into: Uint8Array): number {
    const bytes = new Uint8Array(this.reader.readAsArrayBuffer(this.blob.slice(offset, offset + into.length)));
    into.set(bytes);
    return bytes.length;
  }

  close(): void {}
}
