import type { Draft } from "./draft.ts";
import type { MutationSource, Mutator, Pair } from "./mutator.ts";

const useWord: Mutator = {
  name: "use a word",
  weight: 6,
  mutate(draft, { random, words }) {
    if (words.length === 0) return false;
    const word = random.pick(words);
    if (random.oneIn(2) && draft.room > 0) draft.insert(random.below(draft.length + 1), word);
    else draft.overwrite(random.below(draft.length + 1), word);
    return true;
  },
};

/** Makes a comparison come out equal: finds one side in the input, and puts the other one there. */
const matchPair: Mutator = {
  name: "match a comparison",
  weight: 8,
  mutate(draft, source) {
    const { random, pairs } = source;
    if (pairs.length === 0) return false;
    const pair = random.pick(pairs);
    const start = random.below(draft.length + 1);
    const first = random.oneIn(2);
    for (const reversed of [first, !first]) {
      const { bytes, length } = draft;
      let at = find(bytes, length, pair.from, reversed, start);
      if (at < 0 && start > 0) at = find(bytes, length, pair.from, reversed, 0);
      if (at < 0) continue;
      const to = reversed ? pair.to.slice().reverse() : pair.to;
      // Of a text, another may take the place, or that of as many bytes as it has.
      if (to.length !== pair.from.length && random.oneIn(2)) {
        draft.erase(at, pair.from.length);
        draft.insert(at, to);
      } else draft.overwrite(at, to);
      return true;
    }
    return place(draft, pair, source);
  },
};

/** Puts a side of a comparison somewhere: what was compared was not in the input as it is. */
function place(draft: Draft, { to }: Pair, { random }: MutationSource): boolean {
  const bytes = random.oneIn(2) ? to : to.slice().reverse();
  if (random.oneIn(2) && draft.room > 0) draft.insert(random.below(draft.length + 1), bytes);
  else draft.overwrite(random.below(draft.length + 1), bytes);
  return true;
}

/** Where a side of a comparison is in an input, in either order of bytes, and what to put there. */
export function placesOf(input: Uint8Array, { from, to }: Pair): { at: number; bytes: Uint8Array }[] {
  const places: { at: number; bytes: Uint8Array }[] = [];
  const search = (reversed: boolean, bytes: Uint8Array) => {
    const next = (start: number) => find(input, input.length, from, reversed, start);
    for (let at = next(0); at >= 0; at = next(at + 1)) places.push({ at, bytes });
  };
  search(false, to);
  if (from.some((byte, i) => byte !== from[from.length - 1 - i])) search(true, to.slice().reverse());
  return places;
}

/** The index of some bytes, or of their reverse, in an input's first `length` bytes, from `start` on; -1 if they are not there. */
function find(input: Uint8Array, length: number, wanted: Uint8Array, reversed: boolean, start: number): number {
  const last = wanted.length - 1;
  const step = reversed ? -1 : 1;
  const first = reversed ? last : 0;
  for (let at = start; at + last < length; at++) {
    if (input[at] !== wanted[first]) continue;
    let i = 1;
    while (i <= last && input[at + i] === wanted[first + step * i]) i++;
    if (i > last) return at;
  }
  return -1;
}

/** Mutators that use words of a dictionary, and values that were compared. */
export const VALUE_MUTATORS: readonly Mutator[] = [useWord, matchPair];
