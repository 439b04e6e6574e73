import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FuzzError } from "../error.ts";

/** An input of a folder. */
export interface SavedInput {
  /** Its file's name. */
  readonly name: string;
  /** The input. */
  readonly bytes: Uint8Array;
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
    attempt(path, "cannot be made a folder of inputs", () => mkdirSync(path, { recursive: true }));
    return new CorpusFolder(path);
  }

  /** Opens a folder that is there. @throws {@link FuzzError} `CORPUS` if it is not */
  static existing(path: string): CorpusFolder {
    attempt(path, "cannot be read", () => readdirSync(path));
    return new CorpusFolder(path);
  }

  /** Makes sure that files can be written. @throws {@link FuzzError} `CORPUS` if not */
  probe(): void {
    this.save(new Uint8Array(), PROBE);
    this.remove(PROBE);
  }

  /** Names of its files. @throws {@link FuzzError} `CORPUS` */
  names(): string[] {
    return attempt(this.path, "cannot be read", () => readdirSync(this.path));
  }

  /** Its inputs, by name. Hidden files and folders are none. @throws {@link FuzzError} `CORPUS` */
  inputs(): SavedInput[] {
    return attempt(this.path, "cannot be read", () =>
      readdirSync(this.path)
        .filter((name) => !name.startsWith(".") && statSync(join(this.path, name)).isFile())
        .sort()
        .map((name) => ({ name, bytes: Uint8Array.from(readFileSync(join(this.path, name))) })),
    );
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

/** A file that is written to see whether that works. */
const PROBE = ".probe";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  ENOSPC: "the disk is full",
  ENOENT: "there is no such folder",
  ENOTDIR: "a part of the path is a file",
  EEXIST: "it is a file",
  EROFS: "the disk is read-only",
};

/** Does something with files, whose errors are told in one line. */
function attempt<T>(path: string, what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw fileError(path, what, error);
  }
}

/** An error of a file, in one line. `what`: what cannot be done with it. */
export function fileError(path: string, what: string, error: unknown): FuzzError {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return new FuzzError("CORPUS", `${path} ${what}: ${REASONS[code] ?? message}`);
}
