import { type CorpusFolder, inputName, mergeInputs, type SavedInput } from "@kasan/fuzz";
import type { FuzzSession } from "@kasan/guest";
import { ExitCode } from "../exit-codes.ts";
import { plural } from "../plural.ts";
import { targetOf } from "./session.ts";
import type { Teller } from "./teller.ts";

/**
 * Adds inputs to a corpus that reach something more, and drops those of it that others make needless. What is kept is written before
 * anything is removed: whenever it is ended, nothing is lost.
 */
export function merge(
  session: FuzzSession,
  corpus: CorpusFolder,
  own: readonly SavedInput[],
  more: readonly SavedInput[],
  teller: Teller,
): number {
  const all = [...own, ...more].map(({ bytes }) => bytes);
  const kept = mergeInputs(all, targetOf(session));
  const names = new Set(kept.map((index) => inputName(all[index])));
  for (const index of kept) corpus.save(all[index]);
  // A file of another name has the same bytes under its hash by now.
  for (const { name } of own) if (!names.has(name)) corpus.remove(name);
  teller.say(session.target, `${plural(kept.length, "input")} of ${all.length} kept`);
  return ExitCode.clean;
}
