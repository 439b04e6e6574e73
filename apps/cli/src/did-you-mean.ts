import { closest, distance } from "fastest-levenshtein";

/** The question whether a similar name was meant, in parentheses behind a blank; empty if there is no name like it. */
export function didYouMean(name: string, known: readonly string[]): string {
  if (known.length === 0) return "";
  const best = closest(name, [...known]);
  // As commander has it for options: at most three letters, and less than half of them.
  const far = distance(name, best);
  return far <= 3 && far <= Math.max(name.length, best.length) * 0.4 ? ` (did you mean ${best}?)` : "";
}
