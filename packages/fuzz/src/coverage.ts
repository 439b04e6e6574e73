/** Classes of how often an edge is passed: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128 and more (as AFL and libFuzzer have them). */
const CLASSES = 8;

/** The class of a counter's value, 0 … 7, by value; 255 for 0. */
const CLASS_OF = Uint8Array.from({ length: 256 }, (_, count) => {
  if (count === 0) return 255;
  if (count < 4) return count - 1;
  return count < 128 ? Math.min(6, 1 + Math.floor(Math.log2(count))) : 7;
});

/**
 * What inputs have reached. A feature is an edge and a class of how often it is passed: `edge * 8 + class`; other features follow those of
 * all edges. A look at an execution costs a word's test per four edges, and a little for each that was passed.
 */
export class Coverage {
  /** Number of edges of the code. */
  readonly edges: number;
  /** Classes that were seen, a bit each, by edge. */
  private readonly seen: Uint8Array;
  /** Executions that passed an edge. */
  private readonly passed: Uint32Array;
  private readonly others = new Set<number>();
  private edgeCount = 0;
  private featureCount = 0;

  /** @param edges - the length of the counters */
  constructor(edges: number) {
    this.edges = edges;
    this.seen = new Uint8Array(edges);
    this.passed = new Uint32Array(edges);
  }

  /** Number of edges that were passed. */
  get reachedEdges(): number {
    return this.edgeCount;
  }

  /** Number of features that were seen. */
  get features(): number {
    return this.featureCount;
  }

  /** The number of a feature that is no edge's. `value`: at least 0. */
  other(value: number): number {
    return this.edges * CLASSES + value;
  }

  /** Counts an execution. */
  add(counters: Uint8Array, others: Iterable<number> = []): void {
    const { seen, passed } = this;
    forEachPassed(counters, (edge, count) => {
      passed[edge]++;
      const bit = 1 << CLASS_OF[count];
      if (seen[edge] & bit) return;
      if (seen[edge] === 0) this.edgeCount++;
      seen[edge] |= bit;
      this.featureCount++;
    });
    for (const feature of others) {
      if (this.others.has(feature)) continue;
      this.others.add(feature);
      this.featureCount++;
    }
  }

  /** Whether an execution has a feature that none had before. */
  isNew(counters: Uint8Array, others: Iterable<number> = []): boolean {
    const { seen } = this;
    let fresh = false;
    forEachPassed(counters, (edge, count) => {
      if ((seen[edge] & (1 << CLASS_OF[count])) === 0) fresh = true;
    });
    if (!fresh) for (const feature of others) if (!this.others.has(feature)) return true;
    return fresh;
  }

  /** Whether a feature was seen. */
  has(feature: number): boolean {
    const edge = edgeOf(feature, this.edges);
    return edge === undefined ? this.others.has(feature) : (this.seen[edge] & (1 << (feature % CLASSES))) !== 0;
  }

  /** How many executions passed an edge. */
  executions(edge: number): number {
    return this.passed[edge];
  }
}

/** The features of an execution's edges, in order. */
export function featuresOf(counters: Uint8Array): number[] {
  const features: number[] = [];
  forEachPassed(counters, (edge, count) => features.push(edge * CLASSES + CLASS_OF[count]));
  return features;
}

/** The edge of a feature; undefined if it is no edge's. `edges`: the number of edges. */
export const edgeOf = (feature: number, edges: number): number | undefined =>
  feature < edges * CLASSES ? Math.floor(feature / CLASSES) : undefined;

/** Calls a function for each counter that is not 0. */
function forEachPassed(counters: Uint8Array, use: (edge: number, count: number) => void): void {
  const words = counters.length >>> 2;
  const aligned = counters.byteOffset % 4 === 0;
  const view = aligned ? new Uint32Array(counters.buffer, counters.byteOffset, words) : undefined;
  for (let word = 0; view && word < words; word++) {
    if (view[word] === 0) continue;
    for (let edge = 4 * word; edge < 4 * word + 4; edge++) if (counters[edge] !== 0) use(edge, counters[edge]);
  }
  for (let edge = view ? 4 * words : 0; edge < counters.length; edge++) {
    if (counters[edge] !== 0) use(edge, counters[edge]);
  }
}
