import { type FileHandle, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileReason } from "@kasan/shadow";
import type { Streams } from "./output.ts";
import { OutputError, temporaryFor, WholeFile } from "./whole-file.ts";

/** Takes text, and is complete at the end or gone. */
interface Destination {
  write(text: string): Promise<void>;
  commit(): Promise<void>;
  abandon(): Promise<void>;
}

/**
 * Output in parts. Part 0 is written as it comes. The others wait until all before them is written: in memory while they are small, then in temporary
 * files that have no names.
 */
export class PartedOutput {
  private readonly pending: string[] = [];
  private readonly later: Spool[] = [];

  private constructor(private readonly to: Destination) {}

  /**
   * Begins the output: to a file, or to standard output.
   *
   * @throws OutputError if the file cannot be written
   */
  static async open(path: string | undefined, streams: Streams): Promise<PartedOutput> {
    return new PartedOutput(path === undefined ? standardOutput(streams) : await WholeFile.create(path));
  }

  /** Takes text for a part. It is written when {@link ready} is waited for. */
  readonly write = (text: string, part = 0): void => {
    if (part === 0) this.pending.push(text);
    else {
      while (this.later.length < part) this.later.push(new Spool());
      this.later[part - 1].write(text);
    }
  };

  /** Resolves when what was taken is on its way, and more can be. */
  async ready(): Promise<void> {
    if (this.pending.length > 0) await this.to.write(this.pending.splice(0).join(""));
    for (const spool of this.later) await spool.ready();
  }

  /** Writes the parts that waited. The output is complete. */
  async end(): Promise<void> {
    await this.ready();
    for (const spool of this.later) {
      for await (const text of spool.texts()) await this.to.write(text);
      await spool.close();
    }
    await this.to.commit();
  }

  /** Gives up. */
  async abandon(): Promise<void> {
    for (const spool of this.later) await spool.close();
    await this.to.abandon();
  }
}

function standardOutput({ out, drained }: Streams): Destination {
  return {
    write: async (text) => {
      out(text);
      await drained?.();
    },
    commit: async () => {},
    abandon: async () => {},
  };
}

/** Text that is held in memory: characters. */
const MAX_HELD = 1024 * 1024;

/** Text that is read again after all of it was written. */
class Spool {
  private held: string[] = [];
  private size = 0;
  private file: FileHandle | undefined;
  /** The file's name, where one cannot be taken away from an open file. */
  private name: string | undefined;

  write(text: string): void {
    this.held.push(text);
    this.size += text.length;
  }

  async ready(): Promise<void> {
    if (this.size < MAX_HELD) return;
    await orOutputError(async () => {
      this.file ??= await this.create();
      await this.file.writeFile(this.held.join(""));
    });
    this.held = [];
    this.size = 0;
  }

  private async create(): Promise<FileHandle> {
    const path = temporaryFor(join(tmpdir(), "kasan"));
    const file = await open(path, "wx+", 0o600);
    await rm(path).catch(() => {
      this.name = path;
    });
    return file;
  }

  async *texts(): AsyncGenerator<string> {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const bytes = new Uint8Array(256 * 1024);
    for (let at = 0; this.file !== undefined; ) {
      const { bytesRead } = await this.file.read(bytes, 0, bytes.length, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      yield decoder.decode(bytes.subarray(0, bytesRead), { stream: true });
    }
    yield* this.held;
  }

  async close(): Promise<void> {
    await this.file?.close().catch(() => {});
    if (this.name !== undefined) await rm(this.name, { force: true });
  }
}

async function orOutputError(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    throw new OutputError(`a temporary file in ${tmpdir()}`, fileReason(error));
  }
}
