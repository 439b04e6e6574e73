import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileReason } from "@kasan/shadow";
import { fileError, makeFolder } from "./host-files.ts";

/** An input of a folder. */
export interface SavedInput {
  /** Its file's name, with the folders below that it is in. */
  readonly name: string;
  /** The input. */
  readonly bytes: Uint8Array;
}

/** A file of a folder that cannot be read. */
export interface SkippedFile {
  /** Its path. */
  readonly path: string;
  /** Why, in words. */
  readonly why: string;
}

/** What a folder has. */
export interface FolderContent {
  /** Its inputs, by name. */
  readonly inputs: readonly SavedInput[];
  /** Number of files that are longer than an input may be. */
  readonly long: number;
  /** What cannot be read. */
  readonly skipped: readonly SkippedFile[];
}

/** The name of an input's file: the SHA-1 of its bytes, as libFuzzer has it. */
export const inputName = (bytes: Uint8Array): string => createHash("sha1").update(bytes).digest("hex");

/**
 * A folder with an input in each file, as libFuzzer and AFL have them. A file is there whole or not at all, also if the process ends in the
 * middle or the disk is full.
 */
export class CorpusFolder {
  /** The folder. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Opens a folder, and makes it if there is none. @throws {@link FuzzError} `CORPUS` if it cannot be made */
  static open(path: string): CorpusFolder {
    makeFolder(path);
    return new CorpusFolder(path);
  }

  /** Opens a folder that is there. @throws {@link FuzzError} `CORPUS` if it is not */
  static existing(path: string): CorpusFolder {
    attempt(path, "cannot be read", () => readdirSync(path));
    return new CorpusFolder(path);
  }

  /** Makes sure that files can be written. @throws {@link FuzzError} `CORPUS` if not */
  probe(): void {
    const file = join(this.path, `${PROBE}.${randomBytes(4).toString("hex")}`);
    attempt(this.path, "cannot be written", () => {
      writeFileSync(file, "x");
      rmSync(file);
    });
  }

  /** Names of its files. @throws {@link FuzzError} `CORPUS` */
  names(): string[] {
    return attempt(this.path, "cannot be read", () => readdirSync(this.path));
  }

  /**
   * Reads its inputs, and those of the folders in it, as libFuzzer does. Hidden files and folders have none.
   *
   * @param maxLength - longer files are not read; any length by default
   * @throws {@link FuzzError} `CORPUS` if the folder itself cannot be read
   */
  inputs(maxLength = Number.POSITIVE_INFINITY): FolderContent {
    const reader = new FolderReader(this.path, maxLength);
    attempt(this.path, "cannot be read", () => reader.readFolder(""));
    const inputs = reader.inputs.sort((a, b) => (a.name < b.name ? -1 : 1));
    return { inputs, long: reader.long, skipped: reader.skipped };
  }

  /**
   * Writes an input.
   *
   * @param name - its file's name; {@link inputName} by default
   * @returns the file's path
   * @throws {@link FuzzError} `CORPUS` if it cannot be written
   */
  save(bytes: Uint8Array, name: string = inputName(bytes)): string {
    const file = join(this.path, name);
    const temporary = join(this.path, `.${name}.${randomBytes(4).toString("hex")}`);
    attempt(file, "cannot be written", () => {
      try {
        writeFileSync(temporary, bytes);
        renameSync(temporary, file);
      } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
      }
    });
    return file;
  }

  /** Removes an input, if it is there. */
  remove(name: string): void {
    attempt(join(this.path, name), "cannot be removed", () => rmSync(join(this.path, name), { force: true }));
  }
}

/** Reads the files of a folder, and of those in it. One that cannot be read does not keep it from the others. */
class FolderReader {
  readonly inputs: SavedInput[] = [];
  readonly skipped: SkippedFile[] = [];
  long = 0;
  private readonly root: string;
  private readonly maxLength: number;
  /** Folders that were read: links may lead to one again. */
  private readonly seen = new Set<string>();

  constructor(root: string, maxLength: number) {
    this.root = root;
    this.maxLength = maxLength;
  }

  /** `below`: the folder's path from the root on; with a slash at its end, or empty. */
  readFolder(below: string): void {
    const folder = join(this.root, below);
    const { dev, ino } = statSync(folder);
    if (this.seen.has(`${dev}:${ino}`)) return;
    this.seen.add(`${dev}:${ino}`);
    for (const raw of readdirSync(folder, { encoding: "buffer" })) {
      const name = raw.toString();
      if (name.startsWith(".")) continue;
      const path = join(folder, name);
      if (raw.equals(Buffer.from(name))) this.readEntry(path, `${below}${name}`);
      else this.skipped.push({ path, why: "its name is not UTF-8" });
    }
  }

  private readEntry(path: string, name: string): void {
    try {
      const status = statSync(path);
      if (status.isDirectory()) this.readFolder(`${name}/`);
      else if (status.isFile()) this.readFile(path, name, status);
    } catch (error) {
      this.skipped.push({ path, why: fileReason(error) });
    }
  }

  private readFile(path: string, name: string, { size }: Stats): void {
    if (size > this.maxLength) this.long++;
    else this.inputs.push({ name, bytes: Uint8Array.from(readFileSync(path)) });
  }
}

/** A file that is written to see whether that works. */
const PROBE = ".probe";

/** Does something with files, whose errors are told in one line. */
function attempt<T>(path: string, what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw fileError(path, what, error);
  }
}
