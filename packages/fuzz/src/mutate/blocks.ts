import type { Random } from "../random.ts";
import type { Draft } from "./draft.ts";
import type { Mutator } from "./mutator.ts";

/** The longest block of random or equal bytes that is inserted. */
const LONGEST_NEW = 32;

/** A part of an input: short ones come more often. `length`: at least 1. */
function part(length: number, random: Random): [at: number, count: number] {
  const count = 1 + random.below(Math.min(length, 1 << random.below(Math.ceil(Math.log2(length)) + 1)));
  return [random.below(length - count + 1), count];
}

const erase: Mutator = {
  name: "erase a block",
  weight: 4,
  mutate(draft, { random }) {
    if (draft.length < 2) return false;
    const [at, count] = part(draft.length - 1, random);
    draft.erase(at, count);
    return true;
  },
};

const truncate: Mutator = {
  name: "cut off the end",
  weight: 1,
  mutate(draft, { random }) {
    if (draft.length < 2) return false;
    draft.length = random.between(1, draft.length - 1);
    return true;
  },
};

const insertNew: Mutator = {
  name: "insert bytes",
  weight: 4,
  mutate(draft, { random }) {
    if (draft.room === 0) return false;
    const count = random.between(1, Math.min(draft.room, random.oneIn(2) ? 1 : LONGEST_NEW));
    const at = random.below(draft.length + 1);
    draft.open(at, count);
    if (random.oneIn(2)) draft.bytes.fill(random.below(256), at, at + count);
    else for (let i = 0; i < count; i++) draft.bytes[at + i] = random.below(256);
    return true;
  },
};

/** Copies a block over another, or between others. */
const copyWithin: Mutator = {
  name: "copy a block",
  weight: 3,
  mutate(draft, { random }) {
    if (draft.length === 0) return false;
    const [at, count] = part(draft.length, random);
    if (random.oneIn(2) && draft.room >= count) {
      draft.insert(random.below(draft.length + 1), draft.bytes.slice(at, at + count));
    } else draft.bytes.copyWithin(random.below(draft.length - count + 1), at, at + count);
    return true;
  },
};

const repeat: Mutator = {
  name: "repeat a block",
  weight: 1,
  mutate(draft, { random }) {
    if (draft.length === 0 || draft.room === 0) return false;
    const [at, count] = part(draft.length, random);
    const block = draft.bytes.slice(at, at + count);
    for (let times = random.between(1, 8); times > 0 && draft.room >= count; times--) draft.insert(at, block);
    return true;
  },
};

const shuffle: Mutator = {
  name: "shuffle bytes",
  weight: 1,
  mutate(draft, { random }) {
    if (draft.length < 2) return false;
    const count = random.between(2, Math.min(8, draft.length));
    const at = random.below(draft.length - count + 1);
    const { bytes } = draft;
    for (let i = count - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [bytes[at + i], bytes[at + j]] = [bytes[at + j], bytes[at + i]];
    }
    return true;
  },
};

/** Puts a part of another input into this one, or takes its end. */
const splice: Mutator = {
  name: "splice",
  weight: 3,
  mutate(draft, { random, other }) {
    const with_ = other();
    if (with_.length === 0) return false;
    const [at, count] = part(with_.length, random);
    const block = with_.subarray(at, at + count);
    if (random.oneIn(3)) cross(draft, with_, random);
    else if (random.oneIn(2) && draft.room > 0) draft.insert(random.below(draft.length + 1), block);
    else draft.overwrite(random.below(draft.length + 1), block);
    return true;
  },
};

/** The start of one input, and the end of another one. */
function cross(draft: Draft, with_: Uint8Array, random: Random): void {
  const kept = random.below(draft.length + 1);
  draft.length = kept;
  draft.insert(kept, with_.subarray(random.below(with_.length)));
}

/** Mutators of blocks of bytes. */
export const BLOCK_MUTATORS: readonly Mutator[] = [erase, truncate, insertNew, copyWithin, repeat, shuffle, splice];
