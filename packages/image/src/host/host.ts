import type { OnProgress } from "../compression/decompress.ts";
import type { CoreOutput } from "../core-writer.ts";
import type { ByteSource } from "../source.ts";

/** What receives bytes one after the other, and can then be read anywhere. */
export interface Scratch {
  /** Adds bytes. Long stretches of zeros take no room. */
  write(bytes: Uint8Array): void;
  /** What was written. */
  finish(): ByteSource;
  /** Throws it away. */
  close(): void;
}

/**
 * What differs between the places where images are read: Node.js (`node.ts`) and a browser (`browser.ts`). Code imports it as `#host`;
 * the build for browsers has the other one under that name.
 */
export interface Host {
  /**
   * Opens a file.
   *
   * @throws {@link ImageError} `IMAGE_READ`, also if it cannot be read anywhere, as a pipe
   */
  open(path: string): ByteSource;
  /**
   * Takes the memory of a machine that QEMU runs.
   *
   * @param address - of its QMP monitor: the path of a socket, or host and port
   * @throws {@link ImageError} `IMAGE_READ`
   */
  openMachine(address: string, onProgress: OnProgress): Promise<ByteSource>;
  /** The names of the files in the folder of a file. */
  neighbours(path: string): readonly string[];
  /** The path of a file in the folder of another. */
  beside(path: string, name: string): string;
  /**
   * Begins a scratch file.
   *
   * @param name - what is decompressed into it, for messages
   * @throws {@link ImageError} `IMAGE_READ` if there is no room for one
   */
  scratch(name: string): Scratch;
  /** Decompresses gzip. */
  gunzip(chunks: Iterable<Uint8Array>): AsyncIterable<Uint8Array>;
  /** Writes a file whole or not at all; a device is written to and stays. Throws a system error. */
  writeFile(path: string, write: (output: CoreOutput) => void): void;
}
