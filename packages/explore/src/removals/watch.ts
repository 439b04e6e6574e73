import { CellKind } from "../machine/cells.ts";
import type { ExploredMachine, StepWatch } from "../machine/machine.ts";
import { BarrierKind, StepKind } from "../steps/step.ts";
import type { StepTrees } from "../steps/tree.ts";
import type { World } from "../world/world.ts";
import { firstLook, removalOf, seenBefore } from "./removal.ts";

/** What explorations have shown of the steps that one mutation leaves out. */
export interface RemovalFacts {
  /** Number of scenarios in which some CPU comes to such a step. */
  scenarios: number;
  /** Number of those in which several CPUs do. */
  together: number;
  /** Number of those in which such a step did something: it changed a byte, ordered a store, or a CPU had to wait. */
  effective: number;
  /** Number of those in which another CPU writes what a re-check reads, or some CPU reads what a fill writes. */
  shared: number;
}

/** What one scenario has shown. */
interface Seen {
  /** The CPUs that came to such a step, as bits. */
  cpus: number;
  /** Whether one did something. */
  effective: boolean;
  /** By cell that it reads or writes: the CPUs. */
  readonly cells: Map<number, number>;
}

/** Notes what steps that can be left out do in explorations. */
export class RemovalWatch implements StepWatch {
  private readonly world: World;
  private readonly byName = new Map<string, RemovalFacts>();
  private seen = new Map<string, Seen>();
  /** By cell: the CPUs that read it, and those that write it, in this scenario. */
  private readers = new Map<number, number>();
  private writers = new Map<number, number>();
  /** Names by node of these trees; null if the step cannot be left out. */
  private names: (string | null | undefined)[] = [];
  private trees: StepTrees | undefined;

  constructor(world: World) {
    this.world = world;
  }

  /** What is known of a mutation. */
  facts(name: string): RemovalFacts {
    return this.byName.get(name) ?? { scenarios: 0, together: 0, effective: 0, shared: 0 };
  }

  /** A scenario begins. */
  begin(): void {
    this.seen = new Map();
    this.readers = new Map();
    this.writers = new Map();
  }

  /** It has been explored. */
  end(): void {
    for (const [name, seen] of this.seen) {
      const facts = this.facts(name);
      facts.scenarios++;
      if (isSeveral(seen.cpus)) facts.together++;
      if (seen.effective) facts.effective++;
      if (this.isShared(name, seen)) facts.shared++;
      this.byName.set(name, facts);
    }
  }

  private isShared(name: string, { cells }: Seen): boolean {
    if (name.startsWith("fill")) return [...cells.keys()].some((cell) => this.readers.has(cell));
    return [...cells].some(([cell, cpus]) => {
      const writers = this.writers.get(cell) ?? 0;
      return writers !== 0 && isSeveral(writers | cpus);
    });
  }

  private seenOf(node: number): Seen | undefined {
    if (this.trees !== this.world.trees) {
      this.trees = this.world.trees;
      this.names = [];
    }
    let name = this.names[node];
    if (name === undefined) {
      name = removalOf(this.world, node) ?? null;
      this.names[node] = name;
    }
    if (name === null) return undefined;
    let seen = this.seen.get(name);
    if (!seen) {
      seen = { cpus: 0, effective: false, cells: new Map() };
      this.seen.set(name, seen);
    }
    return seen;
  }

  before(machine: ExploredMachine, cpu: number, node: number): void {
    const { trees } = this.world;
    const kind = trees.kind[node];
    const cell = trees.a[node];
    if (kind === StepKind.READ) note(this.readers, cell, cpu);
    if (kind === StepKind.WRITE || kind === StepKind.ADD) note(this.writers, cell, cpu);
    const seen = this.seenOf(node);
    if (!seen) return;
    seen.cpus |= 1 << cpu;
    if (kind === StepKind.READ || kind === StepKind.WRITE) note(seen.cells, cell, cpu);
    seen.effective ||= doesSomething(machine, trees, cpu, node);
  }

  after(machine: ExploredMachine, cpu: number, node: number, result: number): void {
    const { trees } = this.world;
    if (trees.kind[node] === StepKind.READ && firstLook(trees, node) >= 0 && result !== seenBefore(trees, node)) {
      this.seenOf(node)!.effective = true;
    }
    const next = machine.node(cpu);
    if (next >= 0 && waits(machine, trees, cpu, next)) {
      const seen = this.seenOf(next);
      if (seen) seen.effective = true;
    }
  }
}

/** Whether a set of CPUs, as bits, has more than one. */
const isSeveral = (cpus: number): boolean => (cpus & (cpus - 1)) !== 0;

function note(cpus: Map<number, number>, cell: number, cpu: number): void {
  cpus.set(cell, (cpus.get(cell) ?? 0) | (1 << cpu));
}

/** Whether a CPU that has come to a step has something to wait for. */
function waits({ words, buffers, world }: ExploredMachine, trees: StepTrees, cpu: number, node: number): boolean {
  const a = trees.a[node];
  if (trees.kind[node] === StepKind.ACQUIRE) return words[world.layout.cells + a] !== 0;
  return trees.kind[node] === StepKind.BARRIER && a === BarrierKind.ALL && buffers.count(cpu) > 0;
}

/** Whether a step that is about to be taken will change anything; false for re-checks. */
function doesSomething(machine: ExploredMachine, trees: StepTrees, cpu: number, node: number): boolean {
  const { words, buffers, world } = machine;
  const { layout, cells } = world;
  const a = trees.a[node];
  switch (trees.kind[node]) {
    case StepKind.ACQUIRE:
      return waitedFor(machine, trees, cpu, a);
    case StepKind.BARRIER:
      if (a === BarrierKind.CONTEXT) return words[cpu * layout.cpuWords + layout.unsynced] !== 0;
      return a === BarrierKind.STORES && buffers.count(cpu) > 0;
    case StepKind.SHOOT:
      return [...Array(layout.size.cpus).keys()].some((other) => forgets(machine, other, a));
    case StepKind.FLUSH_LOCAL:
      return forgets(machine, cpu, a);
    case StepKind.WRITE: {
      const newest = buffers.newest(cpu, a);
      const value = newest >= 0 ? buffers.value(cpu, newest) : words[layout.cells + a];
      return cells.kind[a] === CellKind.BYTE && value !== trees.b[node];
    }
    default:
      return false;
  }
}

/** Whether another CPU has come to a lock, too. */
function waitedFor(machine: ExploredMachine, trees: StepTrees, cpu: number, lock: number): boolean {
  for (let other = 0; other < machine.world.layout.size.cpus; other++) {
    const node = machine.node(other);
    if (other !== cpu && node >= 0 && trees.kind[node] === StepKind.ACQUIRE && trees.a[node] === lock) return true;
  }
  return false;
}

/** Whether a flush makes a CPU forget anything. */
function forgets({ words, walks, world }: ExploredMachine, cpu: number, mask: number): boolean {
  const { layout } = world;
  const start = cpu * layout.cpuWords + layout.tlb;
  const was = words.slice(start, (cpu + 1) * layout.cpuWords);
  walks.flush(cpu, mask);
  const changed = was.some((word, index) => word !== words[start + index]);
  words.set(was, start);
  return changed;
}
