/** Disjoint sets of the numbers 0 … size - 1, some of which must stay apart. */
export class LinkedSets<L> {
  /** What links were called by which sets became one. The links are a forest. */
  readonly links: L[] = [];
  private readonly parents: number[];
  /** By a set's root: the separations that it takes part in, and on which side. */
  private readonly sides = new Map<number, ReadonlyMap<number, number>>();

  constructor(size: number) {
    this.parents = Array.from({ length: size }, (_, index) => index);
  }

  /** The number that stands for a set, until the set grows. */
  rootOf(item: number): number {
    const { parents } = this;
    while (parents[item] !== item) {
      parents[item] = parents[parents[item]!]!;
      item = parents[item]!;
    }
    return item;
  }

  /** Makes one set of two. Does nothing, and returns false, if they must stay apart. */
  join(a: number, b: number, label: L): boolean {
    const [into, from] = [this.rootOf(a), this.rootOf(b)];
    if (into === from) return true;
    const sides = this.joinedSides([into, from]);
    if (sides === undefined) return false;
    this.parents[from] = into;
    this.sides.set(into, sides);
    this.links.push(label);
    return true;
  }

  /** Makes one set of all that `items` are in. Does nothing, and returns false, if some must stay apart. */
  joinAll(items: readonly number[], labelOf: (a: number, b: number) => L): boolean {
    if (this.joinedSides(items.map((item) => this.rootOf(item))) === undefined) return false;
    const [first, ...others] = items;
    for (const item of others) this.join(first!, item, labelOf(first!, item));
    return true;
  }

  /** From now on, no two of `groups` come into one set. Does nothing, and returns false, if two are in one. */
  separate(groups: readonly (readonly number[])[], separation: number): boolean {
    const roots = groups.map((items) => new Set(items.map((item) => this.rootOf(item))));
    if (roots.reduce((sum, { size }) => sum + size, 0) > new Set(roots.flatMap((some) => [...some])).size) return false;
    for (const [side, some] of roots.entries()) {
      for (const root of some) this.sides.set(root, new Map([...(this.sides.get(root) ?? []), [separation, side]]));
    }
    return true;
  }

  /** A separation that keeps two apart. */
  separationOf(a: number, b: number): number | undefined {
    const [x, y] = [this.sides.get(this.rootOf(a)), this.sides.get(this.rootOf(b))];
    for (const [separation, side] of x ?? []) {
      const other = y?.get(separation);
      if (other !== undefined && other !== side) return separation;
    }
    return undefined;
  }

  /** The sides of a set that were made of several; `undefined` if they are on different sides of a separation. */
  private joinedSides(roots: readonly number[]): Map<number, number> | undefined {
    const joined = new Map<number, number>();
    for (const root of roots) {
      for (const [separation, side] of this.sides.get(root) ?? []) {
        if ((joined.get(separation) ?? side) !== side) return undefined;
        joined.set(separation, side);
      }
    }
    return joined;
  }
}
