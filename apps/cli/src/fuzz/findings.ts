import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CorpusFolder, inputName } from "@kasan/fuzz/folder";
import { GuestError } from "@kasan/guest";
import { fileReason } from "@kasan/shadow";
import { plural } from "../plural.ts";
import type { FailureKind } from "./failure.ts";
import type { FoundBug } from "./worker-messages.ts";

/** The list of bugs in a folder. */
const INDEX = "bugs.json";

/** A bug of a folder. */
interface KeptBug {
  readonly key: string;
  readonly kind: FailureKind;
  readonly title: string;
  /** The name of its input's file, without the ending. */
  readonly name: string;
}

/** Where a bug's files are. */
export interface BugFiles {
  /** Its input. */
  readonly input: string;
  /** What the guest printed, and what it means. */
  readonly log: string;
}

/**
 * A folder with bugs: `NAME.bin` is the input that leads to one, `NAME.txt` its log, and `bugs.json` lists them. A file is there whole or
 * not at all. A bug whose input is gone is not known any more.
 */
export class FindingsFolder {
  private readonly folder: CorpusFolder;
  private readonly bugs: Map<string, KeptBug>;

  private constructor(folder: CorpusFolder, bugs: readonly KeptBug[]) {
    this.folder = folder;
    this.bugs = new Map(bugs.map((bug) => [bug.key, bug]));
  }

  /** Opens a folder, and makes it if there is none. @throws FuzzError `CORPUS`, GuestError `BAD_INPUT` for a list that is none */
  static open(path: string): FindingsFolder {
    const folder = CorpusFolder.open(path);
    folder.probe();
    const there = new Set(folder.names());
    const kept = there.has(INDEX) ? readIndex(join(path, INDEX)) : [];
    return new FindingsFolder(
      folder,
      kept.filter(({ name }) => there.has(`${name}.bin`)),
    );
  }

  /** Its path. */
  get path(): string {
    return this.folder.path;
  }

  /** Keys of the bugs that it has. */
  get keys(): string[] {
    return [...this.bugs.keys()];
  }

  /** Keeps a bug, in place of what it has of it. */
  save({ key, kind, title, input, log }: FoundBug): BugFiles {
    const name = inputName(input);
    const before = this.bugs.get(key);
    const files = {
      input: this.folder.save(input, `${name}.bin`),
      log: this.folder.save(new TextEncoder().encode(log), `${name}.txt`),
    };
    this.bugs.set(key, { key, kind, title, name });
    const text = `${JSON.stringify([...this.bugs.values()], undefined, 2)}\n`;
    this.folder.save(new TextEncoder().encode(text), INDEX);
    if (before && before.name !== name) {
      this.folder.remove(`${before.name}.bin`);
      this.folder.remove(`${before.name}.txt`);
    }
    return files;
  }
}

/** A bug as a run prints it. `again`: the command that runs its input. */
export function bugText({ title, input: { length } }: FoundBug, { input, log }: BugFiles, again: string): string {
  return `${title}\n  ${plural(length, "byte")}: ${input}\n  log: ${log}\n  again: ${again}\n`;
}

function isKept(bug: unknown): bug is KeptBug {
  const { key, name } = (bug ?? {}) as Partial<KeptBug>;
  return typeof key === "string" && typeof name === "string";
}

function readIndex(path: string): KeptBug[] {
  try {
    const bugs: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (Array.isArray(bugs) && bugs.every(isKept)) return bugs;
  } catch (error) {
    if (!(error instanceof SyntaxError))
      throw new GuestError("BAD_INPUT", `${path} cannot be read: ${fileReason(error)}`);
  }
  throw new GuestError("BAD_INPUT", `${path} is no list of bugs; remove it, or give another folder (--findings)`);
}
