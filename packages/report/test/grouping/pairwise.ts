/** How far groups of items agree with what they are known to be. */
export interface Agreement {
  /** Of the pairs that were put together, how many belong together. */
  readonly precision: number;
  /** Of the pairs that belong together, how many were put together. */
  readonly recall: number;
  /** The harmonic mean of both. */
  readonly f1: number;
}

/** Compares groups with the truth, pair by pair. */
export function agreement<T extends { readonly bug: string }>(groups: readonly (readonly T[])[]): Agreement {
  const made = sum(groups.map(({ length }) => pairs(length)));
  const right = sum(groups.map((group) => pairsOfOneBug(group)));
  const wanted = pairsOfOneBug(groups.flat());
  const precision = made === 0 ? 1 : right / made;
  const recall = wanted === 0 ? 1 : right / wanted;
  return { precision, recall, f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

/** Groups by a key. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}

function pairsOfOneBug(items: readonly { readonly bug: string }[]): number {
  return sum(groupBy(items, ({ bug }) => bug).map(({ length }) => pairs(length)));
}

const pairs = (count: number) => (count * (count - 1)) / 2;
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
