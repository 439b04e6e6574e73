import { groupBy } from "./pairwise.ts";

/**
 * Cuts items into `count` folds. All items of one bug are in one fold, so that what is chosen on some folds is measured on bugs that had no
 * part in it. Equal seeds give equal folds.
 */
export function foldsOf<T extends { readonly bug: string }>(items: readonly T[], count: number, seed: number): T[][] {
  const bugs = shuffled(
    groupBy(items, ({ bug }) => bug),
    seed,
  );
  return Array.from({ length: count }, (_, fold) => bugs.filter((_, index) => index % count === fold).flat());
}

/** Fisher and Yates, with the generator mulberry32. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const result = [...items];
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}
