import { closeSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
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
    for (const spool of this.later) await spool.settle();
  }

  /** Writes the parts that waited. The output is complete. */
  async end(): Promise<void> {
    await this.ready();
    for (const spool of this.later) {
      for (const text of spool.texts()) await this.to.write(text);
      spool.close();
    }
    await this.to.commit();
  }

  /** Gives up. */
  async abandon(): Promise<void> {
    for (const spool of this.later) spool.close();
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
/** Bytes that are read again at a time. */
const PIECE = 256 * 1024;

/** Text that is read again after all of it was written. */
class Spool {
  private held: string[] = [];
  private size = 0;
  private file: number | undefined;
  /** The file's name, where one cannot be taken away from an open file. */
  private name: string | undefined;

  write(text: string): void {
    this.held.push(text);
    this.size += text.length;
  }

  /** Sees to it that memory does not grow. */
  async settle(): Promise<void> {
    if (this.size < MAX_HELD) return;
    try {
      this.file ??= this.create();
      writeFileSync(this.file, this.held.join(""));
    } catch (error) {
      throw new OutputError(`a temporary file in ${tmpdir()}`, fileReason(error));
    }
    this.held = [];
    this.size = 0;
  }

  /** Nothing comes between making the file and taking its name away: however the process ends, nothing is left. */
  private create(): number {
    const path = temporaryFor(join(tmpdir(), "kasan"));
    const file = openSync(path, "wx+", 0o600);
    try {
      rmSync(path);
    } catch {
      this.name = path;
    }
    return file;
  }

  *texts(): Generator<string> {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const bytes = new Uint8Array(PIECE);
    for (let at = 0; this.file !== undefined; ) {
      const length = readSync(this.file, bytes, 0, PIECE, at);
      if (length === 0) break;
      at += length;
      yield decoder.decode(bytes.subarray(0, length), { stream: true });
    }
    yield* this.held;
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
    if (this.name !== undefined) rmSync(this.name, { force: true });
  }
}
