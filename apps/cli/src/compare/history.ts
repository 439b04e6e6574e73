/** A point: time or number of events, and pages of shadow from then on. */
export type Point = readonly [at: number, pages: number];

/** Points that are kept; of more, every two neighbours become one. */
const MOST = 2048;

/** Pages of shadow over time, in bounded memory: where points are put together, the higher stays, so that peaks do. */
export class History {
  private kept: Point[] = [];
  private perPoint = 1;
  private group: Point | undefined;
  private inGroup = 0;

  /** The next change. */
  add(at: number, pages: number): void {
    if (this.group === undefined || pages > this.group[1]) this.group = [this.group?.[0] ?? at, pages];
    this.inGroup++;
    if (this.inGroup < this.perPoint) return;
    this.close();
    if (this.kept.length < MOST) return;
    this.kept = this.kept.filter((_, i) => i % 2 === 0).map((point, i) => higher(point, this.kept[2 * i + 1]));
    this.perPoint *= 2;
  }

  private close(): void {
    if (this.group) this.kept.push(this.group);
    this.group = undefined;
    this.inGroup = 0;
  }

  /** The points so far. */
  get points(): readonly Point[] {
    return this.group ? [...this.kept, this.group] : this.kept;
  }
}

const higher = (a: Point, b: Point | undefined): Point => (b !== undefined && b[1] > a[1] ? [a[0], b[1]] : a);
