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
    const places = placesOf(draft.bytes.subarray(0, draft.length), pair);
    if (places.length === 0) return place(draft, pair, source);
    const { at, bytes } = random.pick(places);
    if (bytes.length !== pair.from.length && random.oneIn(2)) {
      draft.erase(at, pair.from.length);
      draft.insert(at, bytes);
    } else draft.overwrite(at, bytes);
    return true;
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
  const search = (wanted: Uint8Array, bytes: Uint8Array) => {
    for (let at = find(input, wanted, 0); at >= 0; at = find(input, wanted, at + 1)) places.push({ at, bytes });
  };
  search(from, to);
  const [wanted, bytes] = [from.slice().reverse(), to.slice().reverse()];
  if (from.length > 1 && !equal(wanted, from)) search(wanted, bytes);
  return places;
}

/** The index of some bytes in others, from `start` on; -1 if they are not there. */
const find = (bytes: Uint8Array, wanted: Uint8Array, start: number): number =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(wanted, start);

/** Whether two arrays have the same bytes. */
export const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Mutators that use words of a dictionary, and values that were compared. */
export const VALUE_MUTATORS: readonly Mutator[] = [useWord, matchPair];
