import type { Random } from "../random.ts";
import type { Draft } from "./draft.ts";
import type { Mutator } from "./mutator.ts";
import { readNumber, writeNumber } from "./numbers.ts";

/** Widths of length fields in bytes. */
const WIDTHS = [1, 2, 4] as const;
/** Places that are looked at for a length field, before it is given up. */
const LOOKS = 32;
/** The most bytes by which what a length counts grows or shrinks. */
const MOST_CHANGE = 16;

/** Writes the number of bytes that follow, or nearly so. */
const setLength: Mutator = {
  name: "set a length",
  weight: 2,
  mutate(draft, { random }) {
    const size = random.pick(WIDTHS);
    if (draft.length < size) return false;
    const at = random.below(draft.length - size + 1);
    const following = draft.length - at - size;
    // Some formats count the field itself, or all that is before it; parsers go wrong one byte beyond.
    const counted = random.pick([following, following + size, draft.length]);
    const value = Math.max(0, counted + random.pick([0, 0, 0, -1, 1, 2]));
    writeNumber(draft.bytes, at, size, random.oneIn(2), value);
    return true;
  },
};

/** A number of an input that may be the length of what follows it. */
interface Field {
  readonly at: number;
  readonly size: number;
  readonly bigEndian: boolean;
  readonly value: number;
}

/** Inserts or erases bytes that a length counts, and changes the length with them: what is behind it stays whole. */
const resizeCounted: Mutator = {
  name: "resize what a length counts",
  weight: 2,
  mutate(draft, { random }) {
    const field = fieldOf(draft, random);
    if (!field) return false;
    const { at, size, bigEndian, value } = field;
    const start = at + size;
    const grows = random.oneIn(2) && value + MOST_CHANGE < 256 ** size && draft.room > 0;
    const change = random.between(1, Math.min(MOST_CHANGE, grows ? draft.room : value));
    const place = start + random.below(grows ? value + 1 : value - change + 1);
    if (grows) {
      draft.open(place, change);
      for (let i = 0; i < change; i++) draft.bytes[place + i] = random.below(256);
    } else draft.erase(place, change);
    writeNumber(draft.bytes, at, size, bigEndian, grows ? value + change : value - change);
    return true;
  },
};

/** A number above 0 that is at most the number of bytes behind it. */
function fieldOf(draft: Draft, random: Random): Field | undefined {
  for (let look = 0; look < LOOKS; look++) {
    const size = random.pick(WIDTHS);
    if (draft.length <= size) continue;
    const at = random.below(draft.length - size);
    const bigEndian = random.oneIn(2);
    const value = readNumber(draft.bytes, at, size, bigEndian);
    if (value > 0 && value <= draft.length - at - size) return { at, size, bigEndian, value };
  }
  return undefined;
}

/** Mutators of lengths. */
export const LENGTH_MUTATORS: readonly Mutator[] = [setLength, resizeCounted];
