import { readFile, stat } from "node:fs/promises";
import { parseDictionary } from "@kasan/fuzz";
import { CorpusFolder, type SavedInput } from "@kasan/fuzz/folder";
import { GuestError } from "@kasan/guest";
import { fileReason } from "@kasan/shadow";
import type { FuzzFlags } from "../commands/fuzz.ts";
import { plural } from "../plural.ts";
import type { Teller } from "./teller.ts";

/** The files that flags name, read before anything is compiled: what is wrong with them is told at once. */
export interface Checked {
  /** `--replay`'s input. */
  readonly replay?: Uint8Array;
  /** `--minimize`'s input. */
  readonly minimize?: Uint8Array;
  /** `--merge`'s inputs. */
  readonly merge?: readonly SavedInput[];
  /** The corpus's folder. */
  readonly corpus?: CorpusFolder;
  /** What it has. */
  readonly inputs: readonly SavedInput[];
  /** The dictionary's words. */
  readonly dictionary: readonly Uint8Array[];
}

/** Reads what flags name. @throws GuestError `BAD_INPUT`, FuzzError `CORPUS`, `DICTIONARY` */
export async function check(flags: FuzzFlags, teller: Teller): Promise<Checked> {
  const { replay, minimize, merge, corpus, dict } = flags;
  if (merge !== undefined && corpus === undefined) {
    throw new GuestError("BAD_INPUT", "--merge adds to a corpus: give --corpus as well");
  }
  const files = {
    ...(replay !== undefined && { replay: await readInput(replay, flags) }),
    ...(minimize !== undefined && { minimize: await readInput(minimize, flags) }),
  };
  const dictionary = dict === undefined ? [] : parseDictionary(new TextDecoder().decode(await read(dict)), dict);
  // The folder that is read is not made; the corpus is, and only after all else is known to be there.
  const more = merge === undefined ? undefined : fitting(CorpusFolder.existing(merge), flags, teller);
  const folder = corpus === undefined ? undefined : CorpusFolder.open(corpus);
  folder?.probe();
  return {
    ...files,
    dictionary,
    ...(more && { merge: more }),
    ...(folder && { corpus: folder }),
    inputs: folder ? fitting(folder, flags, teller) : [],
  };
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

const unreadable = (path: string, error: unknown): GuestError =>
  new GuestError("BAD_INPUT", `${path} cannot be read: ${fileReason(error)}`);

/** An input of a bug. It may be longer than those that are made, as long as the machine has room for it. */
async function readInput(path: string, { memory }: FuzzFlags): Promise<Uint8Array> {
  const { size } = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (size > memory / 2) {
    throw new GuestError("BAD_INPUT", `${path}: ${size} bytes do not fit into the machine (--memory)`);
  }
  return await read(path);
}

/** The inputs of a folder that are not too long. What else it has is told. */
function fitting(folder: CorpusFolder, { maxLen }: FuzzFlags, teller: Teller): readonly SavedInput[] {
  const { inputs, long, skipped } = folder.inputs(maxLen);
  for (const { path, why } of skipped) teller.err(`kasan: ${path} is left out: ${why}\n`);
  if (long > 0) {
    teller.err(
      `kasan: ${folder.path}: ${plural(long, "input")} of more than ${plural(maxLen, "byte")} left out (--max-len)\n`,
    );
  }
  return inputs;
}
