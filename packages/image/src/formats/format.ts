import type { CoreNote, MemorySegment } from "@kasan/platform";
import type { Indexer } from "../file-index.ts";
import type { ByteSource } from "../source.ts";

/** Physical memory that can be read anywhere, however it is laid out where it comes from. */
export interface PhysicalSource {
  /** Where the machine has memory, ascending and disjoint. Pages in it can be {@link absence | absent}. */
  readonly segments: readonly MemorySegment[];
  /** Copies from a physical address on, and leaves alone what is not there. Returns how many bytes are there. */
  read(physical: number, into: Uint8Array): number;
  /** Why nothing of the 4 KiB page at a physical address is there, for people to read; `undefined` if some of it is. */
  absence(physical: number): string | undefined;
  /** See `ByteSource.seemsZero`. */
  seemsZero?(physical: number, size: number): boolean;
  /** Releases what holds the memory. */
  close(): void;
}

/** A file that was recognised and opened. */
export interface OpenedImage {
  /** The ELF number (`e_machine`) of its machine; `undefined` if the format does not say it. */
  readonly elfMachine: number | undefined;
  /** Its memory, which also closes what it was read from. */
  readonly memory: PhysicalSource;
  /** What the machine's CPUs and kernel say, as in an ELF core. */
  readonly notes: readonly CoreNote[];
  /** Warnings about the file, for people to read. */
  readonly warnings: readonly string[];
}

/** A file to be opened. */
export interface Opening {
  /** Its bytes, decompressed. The one who opens it closes them if that fails. */
  readonly source: ByteSource;
  /** What messages call it: its path. */
  readonly path: string;
  /** The physical address of the first byte, where the format does not say it. */
  readonly base: number;
  /**
   * Opens another file of the same folder, whose name is not a path; `undefined` if there is none.
   *
   * @throws {@link ImageError} `IMAGE_READ`
   */
  neighbour(name: string): ByteSource | undefined;
  /**
   * Makes an index of a file, or takes the one that was kept from another run: for what takes long to find out.
   *
   * @param kind - letters that tell the index's layout from that of other formats
   */
  indexed: Indexer;
  /** The names of the files in the same folder, its own among them; none where there are no folders. */
  neighbours(): readonly string[];
}

/**
 * A format of memory images. To add one: write its reader beside the others in this folder and list it in `index.ts`, or give it as
 * `ImageOptions.formats`. What it reads is hostile: it must bound what it allocates and loops over, and say what it leaves out.
 */
export interface ImageFormat {
  /** Its name in messages: `an ELF core`. */
  readonly name: string;
  /** Whether a file is of this format, by its first {@link HEAD_BYTES} bytes (fewer if it is shorter). */
  recognises(head: Uint8Array): boolean;
  /**
   * Opens such a file.
   *
   * @throws {@link ImageError} `IMAGE_FORMAT` if it is of a kind that cannot be used, `IMAGE_EMPTY` if it holds no memory
   */
  open(opening: Opening): OpenedImage | Promise<OpenedImage>;
}

/** Opens something of a source, which is closed if that fails. */
export async function closing<T>(source: ByteSource, open: () => T | Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    source.close();
    throw error;
  }
}

/** How much of a file's beginning tells its format. Bytes. */
export const HEAD_BYTES = 4096;

/** The first bytes of a file, zeros behind its end. */
export function headOf(source: ByteSource): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  source.read(0, head);
  return head;
}

/** Whether bytes begin with these characters. */
export function beginsWith(head: Uint8Array, magic: string): boolean {
  for (let i = 0; i < magic.length; i++) if (head[i] !== magic.charCodeAt(i)) return false;
  return true;
}
