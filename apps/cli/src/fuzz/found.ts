import { edgeOf } from "@kasan/fuzz";
import { inputName } from "@kasan/fuzz/folder";

/** What the workers of a run have reached together, and the inputs that did, by name. */
export class Found {
  private readonly entries = new Map<string, Uint8Array>();
  private readonly given: ReadonlySet<string>;
  private readonly seen = new Set<number>();
  private readonly passed = new Set<number>();

  /** @param given - inputs that a run begins with */
  constructor(given: readonly Uint8Array[]) {
    this.given = new Set(given.map(inputName));
  }

  /** Inputs that are kept, oldest first. */
  get inputs(): Uint8Array[] {
    return [...this.entries.values()];
  }

  /** Number of edges that were passed. */
  get edges(): number {
    return this.passed.size;
  }

  /** Number of features that were seen. */
  get features(): number {
    return this.seen.size;
  }

  /** Whether the run began with an input. */
  isGiven(name: string): boolean {
    return this.given.has(name);
  }

  /**
   * Adds an input that a worker found.
   *
   * @param first - the features that it has, and that none of that worker's had
   * @param edges - the number of edges of the code
   * @returns whether it is kept: some of these are new to all workers, or it is the first input
   */
  add(name: string, input: Uint8Array, first: readonly number[], edges: number): boolean {
    const fresh = first.filter((feature) => !this.seen.has(feature));
    for (const feature of fresh) {
      this.seen.add(feature);
      const edge = edgeOf(feature, edges);
      if (edge !== undefined) this.passed.add(edge);
    }
    if (fresh.length === 0 && this.entries.size > 0) return false;
    this.entries.set(name, input);
    return true;
  }

  /** Takes a shorter input in place of one. @returns whether that is kept: it may be another worker's alone */
  replace(before: string, name: string, input: Uint8Array): boolean {
    if (!this.entries.delete(before)) return false;
    this.entries.set(name, input);
    return true;
  }
}
