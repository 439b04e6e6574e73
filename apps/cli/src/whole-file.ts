import { rmSync, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileReason, KasanError } from "@kasan/shadow";
import { ENDING_SIGNALS } from "./ending-signals.ts";

/** An output file that cannot be written. */
export class OutputError extends KasanError {
  constructor(path: string, why: string) {
    super("OUTPUT", `${path}: cannot be written: ${why}`);
    this.name = "OutputError";
  }
}

/** The name under which a file is written first. */
export const temporaryFor = (path: string): string => join(dirname(path), `.${crypto.randomUUID()}.tmp`);

/** What is there; `undefined` if nothing is. Other errors are errors: a name that is too long. */
export async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

/** The file that is meant where `path` is a link: the link stays. */
export async function targetOf(path: string): Promise<string> {
  const there = await lstat(path).catch(() => undefined);
  if (!there?.isSymbolicLink()) return path;
  return realpath(path).catch(async (error: NodeJS.ErrnoException) => {
    // It leads to nothing yet.
    if (error.code === "ENOENT") return resolve(dirname(path), await readlink(path));
    throw error;
  });
}

/**
 * A file that is written piece by piece, and is there whole or not at all: it has another name until it is complete. A device, as `/dev/null`, is
 * written to and stays. After an error nothing is left, and nothing more can be done.
 */
export class WholeFile {
  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    /** Its name until it is complete; none for a device. */
    private readonly temporary: string | undefined,
  ) {}

  /** @throws OutputError if it cannot be written. */
  static async create(path: string): Promise<WholeFile> {
    try {
      const target = await targetOf(path);
      const there = await statOf(target);
      if (there && !there.isFile()) return new WholeFile(target, await open(target, "w"), undefined);
      const temporary = temporaryFor(target);
      const file = await open(temporary, "wx");
      unfinished.add(temporary);
      return new WholeFile(target, file, temporary);
    } catch (error) {
      throw new OutputError(path, fileReason(error));
    }
  }

  /** Writes on. */
  async write(text: string | Uint8Array): Promise<void> {
    await this.orAbandon(() => this.file.writeFile(text));
  }

  /** It is complete. */
  async commit(): Promise<void> {
    const { file, temporary, path } = this;
    await this.orAbandon(async () => {
      if (temporary !== undefined) await file.sync();
      await file.close();
      if (temporary === undefined) return;
      await rename(temporary, path);
      unfinished.delete(temporary);
    });
  }

  /** It will not become complete. */
  async abandon(): Promise<void> {
    await this.file.close().catch(() => {});
    if (this.temporary === undefined) return;
    await rm(this.temporary, { force: true }).catch(() => {});
    unfinished.delete(this.temporary);
  }

  private async orAbandon(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      await this.abandon();
      throw new OutputError(this.path, fileReason(error));
    }
  }
}

/** The files that are not complete. They are removed if the process ends before, by itself or by a signal. */
class UnfinishedFiles {
  private readonly paths = new Set<string>();

  add(path: string): void {
    if (this.paths.size === 0) {
      process.on("exit", this.remove);
      for (const signal of ENDING_SIGNALS) process.on(signal, this.endBy);
    }
    this.paths.add(path);
  }

  delete(path: string): void {
    if (!this.paths.delete(path) || this.paths.size > 0) return;
    process.off("exit", this.remove);
    for (const signal of ENDING_SIGNALS) process.off(signal, this.endBy);
  }

  private readonly remove = (): void => {
    for (const path of this.paths) rmSync(path, { force: true });
  };

  private readonly endBy = (signal: NodeJS.Signals): void => {
    // Whoever else waits for the signal ends in good order, and these files with it.
    if (process.listenerCount(signal) > 1) return;
    this.remove();
    process.off(signal, this.endBy);
    process.kill(process.pid, signal);
  };
}

const unfinished = new UnfinishedFiles();
