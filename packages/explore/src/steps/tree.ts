import { ExploreError } from "../error.ts";
import { StepKind } from "./step.ts";

/** Kind of a node that no run has reached yet. */
export const UNKNOWN = -1;

/** Columns of {@link StepTrees} that have the same type. */
const COLUMNS = ["a", "b", "c", "site", "parent", "result", "operation", "first", "sibling", "frames"] as const;

/** Step trees as data. */
export interface TreeData {
  /** Kinds of the nodes' steps. */
  readonly kind: Int8Array;
  /** Flags of the steps that are left out. */
  readonly removed: Uint8Array;
  /** The other columns. */
  readonly columns: readonly Int32Array[];
  /** Names of locations in the code. */
  readonly sites: readonly string[];
}

/**
 * Known behaviour of the operations' code, as trees. A node is an operation's local state, determined by the results of its steps
 * so far; the node's step is the next one requested; an edge is a result of that step. Nodes of all operations share one numbering.
 */
export class StepTrees {
  /** Number of nodes, including {@link UNKNOWN} ones. */
  size = 0;
  /** Kind of a node's step, or {@link UNKNOWN}. */
  kind = new Int8Array(1024);
  /** The numbers of the step. */
  a = new Int32Array(1024);
  b = new Int32Array(1024);
  c = new Int32Array(1024);
  /** The location in the code that requests the step: an index into {@link sites}. */
  site = new Int32Array(1024);
  /** Whether a mutation leaves the step out. */
  removed = new Uint8Array(1024);
  /** The parent node; the node itself for a root. */
  parent = new Int32Array(1024);
  /** The result that labels the edge from the parent. */
  result = new Int32Array(1024);
  /** The operation a node belongs to. */
  operation = new Int32Array(1024);
  /** Links between a node's children. */
  first = new Int32Array(1024);
  sibling = new Int32Array(1024);
  /** The frames that the operation has learned of on its way to a node, as bits: its code may still know them. */
  frames = new Int32Array(1024);
  /** Names of locations in the code. */
  readonly sites: string[] = [];
  private readonly siteIndex = new Map<string, number>();

  private grow(): void {
    const wider = (old: Int32Array) => {
      const array = new Int32Array(old.length * 2);
      array.set(old);
      return array;
    };
    const kinds = new Int8Array(this.kind.length * 2);
    kinds.set(this.kind);
    this.kind = kinds;
    const removed = new Uint8Array(this.removed.length * 2);
    removed.set(this.removed);
    this.removed = removed;
    this.a = wider(this.a);
    this.b = wider(this.b);
    this.c = wider(this.c);
    this.site = wider(this.site);
    this.parent = wider(this.parent);
    this.result = wider(this.result);
    this.operation = wider(this.operation);
    this.first = wider(this.first);
    this.sibling = wider(this.sibling);
    this.frames = wider(this.frames);
  }

  /** Exports the trees as data. */
  toData(): TreeData {
    const columns = COLUMNS.map((name) => this[name].slice(0, this.size));
    return {
      kind: this.kind.slice(0, this.size),
      removed: this.removed.slice(0, this.size),
      columns,
      sites: [...this.sites],
    };
  }

  /** Imports data from {@link StepTrees.toData}. */
  static from(data: TreeData): StepTrees {
    const trees = new StepTrees();
    while (trees.kind.length < data.kind.length) trees.grow();
    trees.size = data.kind.length;
    trees.kind.set(data.kind);
    trees.removed.set(data.removed);
    COLUMNS.forEach((name, index) => {
      trees[name].set(data.columns[index]);
    });
    for (const site of data.sites) trees.siteIndex.set(site, trees.sites.push(site) - 1);
    return trees;
  }

  private add(parent: number, result: number, operation: number): number {
    if (this.size === this.kind.length) this.grow();
    const node = this.size++;
    this.kind[node] = UNKNOWN;
    this.parent[node] = parent < 0 ? node : parent;
    this.result[node] = result;
    this.operation[node] = operation;
    this.first[node] = -1;
    this.sibling[node] = -1;
    this.frames[node] = 0;
    return node;
  }

  /** Creates the root of an operation's tree. */
  root(operation: number): number {
    return this.add(-1, 0, operation);
  }

  /** The child of a node for a result of its step; created if necessary. Hot path. */
  child(node: number, result: number): number {
    let child = this.first[node];
    while (child >= 0) {
      if (this.result[child] === result) return child;
      child = this.sibling[child];
    }
    child = this.add(node, result, this.operation[node]);
    this.sibling[child] = this.first[node];
    this.first[node] = child;
    return child;
  }

  /** Records the step of an {@link UNKNOWN} node. */
  learn(node: number, kind: number, a: number, b: number, c: number, site: string): void {
    let index = this.siteIndex.get(site);
    if (index === undefined) {
      index = this.sites.push(site) - 1;
      this.siteIndex.set(site, index);
    }
    this.kind[node] = kind;
    this.a[node] = a;
    this.b[node] = b;
    this.c[node] = c;
    this.site[node] = index;
  }

  /** Nodes from an operation's root to a node, inclusive. */
  path(node: number): number[] {
    const path = [node];
    while (this.parent[node] !== node) {
      node = this.parent[node];
      path.push(node);
    }
    return path.reverse();
  }

  /** @throws {@link ExploreError} `NOT_DETERMINISTIC` if a node's step is a different one */
  check(node: number, kind: number, a: number, b: number, c: number): void {
    if (this.kind[node] === kind && this.a[node] === a && this.b[node] === b && this.c[node] === c) return;
    const was = `${name(this.kind[node])} ${this.a[node]} ${this.b[node]} ${this.c[node]}`;
    throw new ExploreError(
      "NOT_DETERMINISTIC",
      `the code under exploration is not deterministic: after the same results it asked for ${name(kind)} ${a} ${b} ${c}, ` +
        `before for ${was} (${this.sites[this.site[node]]}); it must keep nothing outside the machine between operations`,
    );
  }
}

const NAMES = Object.entries(StepKind);
const name = (kind: number): string => NAMES.find(([, value]) => value === kind)?.[0] ?? "nothing";
