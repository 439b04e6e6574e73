/** A relation on the numbers below `size`, as one bit row for each. */
export class Relation {
  readonly size: number;
  readonly #words: number;
  readonly #rows: Uint32Array;

  constructor(size: number, rows?: Uint32Array) {
    this.size = size;
    this.#words = (size + 31) >>> 5;
    this.#rows = rows ?? new Uint32Array(size * this.#words);
  }

  /** Relates `a` to `b`. */
  add(a: number, b: number): void {
    this.#rows[a * this.#words + (b >>> 5)] = (this.#rows[a * this.#words + (b >>> 5)] as number) | (1 << (b & 31));
  }

  /** @returns whether `a` is related to `b` */
  has(a: number, b: number): boolean {
    return (((this.#rows[a * this.#words + (b >>> 5)] as number) >>> (b & 31)) & 1) === 1;
  }

  /** @returns a copy */
  copy(): Relation {
    return new Relation(this.size, this.#rows.slice());
  }

  /** Adds what follows by going through others (Warshall): O(size^3 / 32). */
  close(): this {
    for (let through = 0; through < this.size; through++)
      for (let from = 0; from < this.size; from++) if (this.has(from, through)) this.#union(from, through);
    return this;
  }

  /** @returns whether, closed, nothing comes before itself */
  isAcyclic(): boolean {
    const closed = this.copy().close();
    for (let at = 0; at < this.size; at++) if (closed.has(at, at)) return false;
    return true;
  }

  /** @returns all in an order in which none comes before what is related to it; the smallest number that can come next does */
  sorted(): number[] {
    const order: number[] = [];
    const left = new Set(Array.from({ length: this.size }, (_, at) => at));
    while (left.size > 0) {
      const next = [...left].find((at) => ![...left].some((other) => other !== at && this.has(other, at)));
      if (next === undefined) break;
      left.delete(next);
      order.push(next);
    }
    return order;
  }

  #union(into: number, from: number): void {
    for (let word = 0; word < this.#words; word++)
      this.#rows[into * this.#words + word] =
        (this.#rows[into * this.#words + word] as number) | (this.#rows[from * this.#words + word] as number);
  }
}
