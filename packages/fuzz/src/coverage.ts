/** Classes of how often an edge is passed: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128 and more (as AFL and libFuzzer have them). */
const CLASSES = 8;

/** The class of a counter's value, 0 … 7, by value; 255 for 0. */
const CLASS_OF = Uint8Array.from({ length: 256 }, (_, count) => {
  if (count === 0) return 255;
  if (count < 4) return count - 1;
  return count < 128 ? Math.min(6, 1 + Math.floor(Math.log2(count))) : 7;
});

/** Features that are no edge's are told apart by so many numbers. */
const OTHERS = 2 ** 21;

const NONE: readonly number[] = [];

/**
 * The features of one execution, in a list that is used again for the next. A feature is an edge and a class of how often it is passed:
 * `edge * 8 + class`; other features follow those of all edges. To read the counters takes a word's test per four edges, and a little for
 * each edge that was passed.
 */
export class FeatureList {
  /** The features; those from {@link FeatureList.length} on are of earlier executions. */
  values = new Uint32Array(256);
  /** Number of features. */
  length = 0;
  /** The counters that were read last, and the words that they are. */
  private counters: Uint8Array | undefined;
  private words: Uint32Array = new Uint32Array();

  /** Replaces the list by the features of an execution's edges, in order. */
  read(counters: Uint8Array): this {
    const words = this.wordsOf(counters);
    if (this.values.length < counters.length) this.values = new Uint32Array(counters.length);
    const { values } = this;
    let length = 0;
    for (let word = 0; word < words.length; word++) {
      if (words[word] === 0) continue;
      for (let edge = 4 * word; edge < 4 * word + 4; edge++) {
        const count = counters[edge];
        if (count !== 0) values[length++] = edge * CLASSES + CLASS_OF[count];
      }
    }
    for (let edge = 4 * words.length; edge < counters.length; edge++) {
      const count = counters[edge];
      if (count !== 0) values[length++] = edge * CLASSES + CLASS_OF[count];
    }
    this.length = length;
    return this;
  }

  /** Adds a feature. */
  push(feature: number): void {
    if (this.length === this.values.length) {
      const more = new Uint32Array(2 * this.length);
      more.set(this.values);
      this.values = more;
    }
    this.values[this.length++] = feature;
  }

  /** Whether all of some features are in it. */
  hasAll(features: ArrayLike<number>): boolean {
    for (let i = 0; i < features.length; i++) {
      const at = this.values.indexOf(features[i]);
      if (at < 0 || at >= this.length) return false;
    }
    return true;
  }

  /** A copy of the features. */
  copy(): Uint32Array {
    return this.values.slice(0, this.length);
  }

  /** Counters as words, as far as they are whole ones; none if they do not begin at a word. */
  private wordsOf(counters: Uint8Array): Uint32Array {
    const { counters: last } = this;
    const { buffer, byteOffset, length } = counters;
    if (!last || last.buffer !== buffer || last.byteOffset !== byteOffset || last.length !== length) {
      this.words = new Uint32Array(buffer, byteOffset & ~3, byteOffset % 4 === 0 ? length >>> 2 : 0);
      this.counters = counters;
    }
    return this.words;
  }
}

/** What inputs have reached. */
export class Coverage {
  /** Number of edges of the code. */
  readonly edges: number;
  /** Classes that were seen, a bit each, by edge. */
  private readonly seen: Uint8Array;
  /** Executions that passed an edge. */
  private readonly passed: Uint32Array;
  /** Other features that were seen; empty as long as none is asked for. */
  private others = new Uint8Array();
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

  /** The number of a feature that is no edge's. `value`: at least 0; two that are far apart may share a number. */
  other(value: number): number {
    if (this.others.length === 0) this.others = new Uint8Array(OTHERS);
    return this.edges * CLASSES + (value % OTHERS);
  }

  /** Counts an execution. @returns those of its features that no execution had before */
  add(features: FeatureList): readonly number[] {
    const { seen, passed, others } = this;
    const { values, length } = features;
    const end = this.edges * CLASSES;
    let fresh: number[] | undefined;
    for (let i = 0; i < length; i++) {
      const feature = values[i];
      if (feature < end) {
        const edge = feature >>> 3;
        passed[edge]++;
        const bit = 1 << (feature & 7);
        if (seen[edge] & bit) continue;
        if (seen[edge] === 0) this.edgeCount++;
        seen[edge] |= bit;
      } else {
        if (others[feature - end]) continue;
        others[feature - end] = 1;
      }
      this.featureCount++;
      fresh ??= [];
      fresh.push(feature);
    }
    return fresh ?? NONE;
  }

  /** Whether an execution has a feature that none had before. */
  isNew({ values, length }: FeatureList): boolean {
    for (let i = 0; i < length; i++) if (!this.has(values[i])) return true;
    return false;
  }

  /** Whether a feature was seen. */
  has(feature: number): boolean {
    const other = feature - this.edges * CLASSES;
    return other >= 0 ? this.others[other] === 1 : (this.seen[feature >>> 3] & (1 << (feature & 7))) !== 0;
  }

  /** How many executions passed an edge. */
  executions(edge: number): number {
    return this.passed[edge];
  }
}

/** The features of an execution's edges, in order. */
export const featuresOf = (counters: Uint8Array): number[] => [...new FeatureList().read(counters).copy()];

/** The edge of a feature; undefined if it is no edge's. `edges`: the number of edges. */
export const edgeOf = (feature: number, edges: number): number | undefined =>
  feature < edges * CLASSES ? feature >>> 3 : undefined;
