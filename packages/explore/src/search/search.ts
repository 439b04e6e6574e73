import { NewCell } from "../machine/cells.ts";
import type { Layout } from "../machine/layout.ts";
import { type ExploredMachine, MAX_ENABLED, Turn } from "../machine/machine.ts";
import { PROPERTIES, Property } from "../properties.ts";
import { StateView, type UserProperty } from "../user-property.ts";
import type { Scenario } from "../world/scenario.ts";
import { type Reduced, World } from "../world/world.ts";
import { Frontier } from "./frontier.ts";
import type { SearchSnapshot } from "./snapshot.ts";
import { NO_STATE, StateHash, Visited } from "./visited.ts";

/** Limits and options of a search. */
export interface SearchOptions {
  /** Whether steps that no other CPU can observe are combined with the previous one; true by default. */
  readonly reduction?: boolean;
  /** Maximum number of steps; no limit by default. */
  readonly depth?: number;
  /** Maximum number of times that a CPU is stopped although it could continue; no limit by default. */
  readonly preemptions?: number;
  /** Memory for the states in bytes; 1 GiB by default. */
  readonly memory?: number;
  /** Whether to stop at the first violation; true by default. */
  readonly stopAtFirst?: boolean;
  /** Names of the properties to check; all by default. */
  readonly properties?: readonly string[];
  /** User-defined properties. */
  readonly userProperties?: readonly UserProperty[];
  /** Called occasionally with the search's progress. */
  readonly progress?: (progress: Progress, snapshot: () => SearchSnapshot) => void;
  /** A snapshot to resume from, of a search of the same scenario with the same options by an explorer that was new. */
  readonly from?: SearchSnapshot;
}

/** Progress of a search. */
export interface Progress {
  /** Number of distinct states so far. */
  readonly states: number;
  /** Number of transitions made. */
  readonly steps: number;
  /** Length of the paths being explored. */
  readonly depth: number;
  /** Milliseconds since the start. */
  readonly time: number;
}

/** Why a search ended: `violation` if it stopped at the first one as requested, `exhausted` if everything was explored. */
export type Outcome = "exhausted" | "violation" | "depth" | "memory";

/** A violation, and the path to it. */
export interface Found {
  /** {@link Property} number; users' properties follow. */
  readonly property: number;
  /** The property's name. */
  readonly name: string;
  /** The property in words. */
  readonly holds: string;
  /** A user property's message; what failed. */
  readonly what: string;
  /** Transitions from the start; the last one violates the property. */
  readonly codes: readonly number[];
  /** `ExploredMachine.detail` of the violation. */
  readonly detail: number;
}

/** The states in which a search could not go on. */
export interface Ends {
  /** How many there are. */
  readonly count: number;
  /** Tells sets of states apart that searches by one {@link Explorer} found: 16 hexadecimal digits, whatever the order. */
  readonly digest: string;
}

/** Result of a search. */
export interface SearchResult {
  /** Why it ended. */
  readonly outcome: Outcome;
  /** Number of distinct states. */
  readonly states: number;
  /** Number of transitions made, including those to known states. */
  readonly steps: number;
  /** Length of the longest shortest path. */
  readonly depth: number;
  /** The states in which nothing more can happen. */
  readonly ends: Ends;
  /** The first violation of each property. */
  readonly found: readonly Found[];
  /** Duration in milliseconds. */
  readonly time: number;
  /** Number of nodes of the step trees. */
  readonly nodes: number;
}

/** @hidden How a search with some options is reduced. */
export function reducedBy({ reduction = true, userProperties = [] }: SearchOptions): Reduced {
  return reduction && userProperties.length > 0 ? "unwatched" : reduction;
}

const REPORT_EVERY = 1 << 16;

/**
 * Explores scenarios over one machine: a scheme, an architecture, a set-up. Later searches reuse what earlier ones learned about
 * the code.
 *
 * @example
 * ```ts
 * import { Explorer, makeScenario } from "@kasan/explore";
 *
 * const scenario = makeScenario({
 *   scheme: "populate-release-race",
 *   architecture: "x86_64",
 *   setup: ["allocate z 1", "free z"],
 *   programs: [["purge"], ["allocate a 1", "use a"]],
 * });
 * const { outcome, found } = new Explorer(scenario).search({ properties: ["shadow-fault"] });
 * console.log(outcome, found[0]?.holds); // violation the check of a good access does not fault on its shadow
 * ```
 */
export class Explorer {
  /** @hidden */
  readonly world: World;

  /** @param scenario - names all areas that any of the programs will use */
  constructor(scenario: Scenario) {
    this.world = new World(scenario);
    this.world.restart();
  }

  /**
   * Explores every interleaving of some programs breadth-first, so that the first violation found of a property has the fewest
   * transitions.
   *
   * @param programs - operations, by CPU; the scenario's by default
   */
  search(options: SearchOptions = {}, programs = this.world.scenario.programs): SearchResult {
    if (options.from) this.world.restore(options.from.world);
    // New cells invalidate a snapshot; there are none in the states it has seen.
    let from = options.from;
    return this.retry(() => {
      if (!from) this.warmUp(programs);
      const snapshot = from;
      from = undefined;
      return new Search(this.world, options, programs).run(snapshot);
    });
  }

  /** Runs an action, and again whenever new cells were added. */
  retry<T>(action: () => T): T {
    for (;;) {
      try {
        return action();
      } catch (error) {
        if (!(error instanceof NewCell)) throw error;
        this.world.restart();
      }
    }
  }

  /** Runs the CPUs one after the other, each of them first once. This finds most cells. */
  private warmUp(programs: readonly (readonly string[])[]): void {
    const enabled = new Int32Array(MAX_ENABLED);
    programs.forEach((_, first) => {
      const machine = this.retry(() => this.world.build(true, programs));
      for (;;) {
        const count = machine.enabled(enabled);
        if (count === 0) break;
        let code = enabled[0];
        for (let i = 0; i < count; i++) if ((enabled[i] & 7) === first) code = enabled[i];
        machine.apply(code);
      }
    });
  }
}

/** Whether the transitions include a step of the CPU itself. */
function hasRun(enabled: Int32Array, count: number, cpu: number): boolean {
  for (let i = 0; i < count; i++) if ((enabled[i] & 31) === (cpu | (Turn.RUN << 3))) return true;
  return false;
}

/** Explores a scenario: see {@link Explorer.search}. */
export function search(scenario: Scenario, options: SearchOptions = {}): SearchResult {
  return new Explorer(scenario).search(options);
}

class Search {
  private readonly options: SearchOptions;
  private readonly machine: ExploredMachine;
  private readonly world: World;
  private readonly visited: Visited;
  private readonly hash: StateHash;
  private readonly wanted: number;
  private readonly users: readonly UserProperty[];
  private readonly view: StateView;
  private readonly found: Found[] = [];
  private seen = 0;
  private steps = 0;
  private depth = 0;
  private nextReport = REPORT_EVERY;
  /** Milliseconds that an earlier run of this search took. */
  private before = 0;
  private ends = 0;
  private readonly endsSum = new Uint32Array(2);
  private readonly started = performance.now();
  private current: Frontier;
  private next: Frontier;
  private readonly enabled = new Int32Array(MAX_ENABLED);
  private readonly layout: Layout;
  /** Whether preemptions are counted. */
  private readonly bounded: boolean;
  private readonly memory: number;

  constructor(world: World, options: SearchOptions, programs: readonly (readonly string[])[]) {
    this.world = world;
    this.options = options;
    this.machine = world.build(reducedBy(options), programs);
    this.layout = this.machine.world.layout;
    this.visited = new Visited();
    this.hash = new StateHash(this.layout.words);
    this.current = new Frontier(this.layout.words);
    this.next = new Frontier(this.layout.words);
    this.bounded = options.preemptions !== undefined;
    this.memory = options.memory ?? 2 ** 30;
    this.users = options.userProperties ?? [];
    this.view = new StateView(world, this.machine);
    const all = [...PROPERTIES, ...this.users].map(({ name }) => name);
    const names = options.properties ?? all;
    this.wanted = all.reduce((bits, name, number) => bits | (names.includes(name) ? 1 << number : 0), 0);
  }

  run(from?: SearchSnapshot): SearchResult {
    const { machine, visited, hash, options } = this;
    const { words } = machine;
    if (from) this.restore(from);
    else {
      hash.of(words);
      this.current.push(visited.add(hash.low, hash.high, NO_STATE, 0), words);
    }
    while (this.current.count > 0) {
      if (this.depth === options.depth) return this.result("depth");
      for (let index = 0; index < this.current.count; index++) {
        this.expand(index);
        if (this.found.length > 0 && (options.stopAtFirst ?? true)) return this.result("violation");
        if ((index & 1023) === 0 && this.bytes > this.memory) return this.result("memory");
        if (this.steps >= this.nextReport) this.tell(index + 1);
      }
      [this.current, this.next] = [this.next, this.current];
      this.next.clear();
      this.depth++;
    }
    return this.result("exhausted");
  }

  /** Makes each possible transition from a state of the frontier. */
  private expand(index: number): void {
    const { machine, visited, hash, current, enabled, layout } = this;
    const { words } = machine;
    const state = current.number(index);
    const low = visited.low(state);
    const high = visited.high(state);
    current.load(index, words);
    const count = machine.enabled(enabled);
    if (count === 0) this.atEnd(state);
    const last = words[layout.lastCpu];
    const lastCanRun = this.bounded && hasRun(enabled, count, last - 1);
    for (let i = 0; i < count; i++) {
      const code = enabled[i];
      if (this.bounded && !this.mayPreempt(code, last, lastCanRun)) {
        current.load(index, words);
        continue;
      }
      machine.violated = 0;
      machine.apply(code);
      this.steps++;
      const violated = machine.violated & this.wanted & ~this.seen;
      if (violated !== 0) this.violation(violated, state, code);
      if (this.users.length > 0) this.checkUsers(state, code);
      current.hash(index, low, high, words, hash);
      const reached = visited.add(hash.low, hash.high, state, code);
      if (reached >= 0) this.next.push(reached, words);
      current.undo(index, words, hash);
    }
  }

  /** Counts a step that is a preemption. @returns whether the count is within the bound */
  private mayPreempt(code: number, last: number, lastCanRun: boolean): boolean {
    if (((code >>> 3) & 3) !== Turn.RUN) return true;
    const { words } = this.machine;
    const cpu = (code & 7) + 1;
    if (cpu !== last && lastCanRun && ++words[this.layout.preemptions] > this.options.preemptions!) return false;
    words[this.layout.lastCpu] = cpu;
    return true;
  }

  private get bytes(): number {
    return this.visited.bytes + this.current.bytes + this.next.bytes;
  }

  private tell(index: number): void {
    this.nextReport = this.steps + REPORT_EVERY;
    this.options.progress?.(this.progress(), () => this.snapshot(index));
  }

  private snapshot(index: number): SearchSnapshot {
    return {
      world: this.world.toData(),
      visited: this.visited.toData(),
      current: this.current.toData(index),
      next: this.next.toData(),
      depth: this.depth,
      steps: this.steps,
      seen: this.seen,
      found: [...this.found],
      ends: [this.ends, this.endsSum[0]!, this.endsSum[1]!],
      time: this.progress().time,
    };
  }

  private restore(from: SearchSnapshot): void {
    this.visited.restore(from.visited);
    this.current.restore(from.current);
    this.next.restore(from.next);
    this.depth = from.depth;
    this.steps = from.steps;
    this.seen = from.seen;
    this.found.push(...from.found);
    this.ends = from.ends[0];
    this.endsSum.set(from.ends.slice(1));
    this.before = from.time;
  }

  /** Handles a state in which no CPU can continue. */
  private atEnd(state: number): void {
    const { machine, visited, endsSum } = this;
    this.ends++;
    endsSum[0]! += visited.low(state);
    endsSum[1]! += visited.high(state);
    if (machine.stuck) this.report(Property.DEADLOCK, this.path(state), 0);
    else if (machine.ended) {
      const lost = machine.lostPage();
      if (lost >= 0) this.report(Property.LOST_PAGE, this.path(state), lost);
    }
  }

  private violation(violated: number, state: number, code: number): void {
    const path = [...this.path(state), code];
    PROPERTIES.forEach((_, number) => {
      if ((violated & (1 << number)) !== 0) this.report(number, path, this.machine.detail);
    });
  }

  private report(property: number, codes: readonly number[], detail: number, what = ""): void {
    const bit = 1 << property;
    if ((this.wanted & bit) === 0 || (this.seen & bit) !== 0) return;
    this.seen |= bit;
    const { name, holds } = PROPERTIES[property] ?? this.users[property - PROPERTIES.length];
    const failure = property === Property.FAILURE ? this.world.trees.sites[detail] : what;
    this.found.push({ property, name, holds, codes, detail, what: failure });
  }

  private checkUsers(state: number, code: number): void {
    this.users.forEach((user, index) => {
      const property = PROPERTIES.length + index;
      if ((this.seen & (1 << property)) !== 0) return;
      const what = user.check(this.view);
      if (what !== undefined) this.report(property, [...this.path(state), code], 0, what);
    });
  }

  private path(state: number): number[] {
    const codes: number[] = [];
    for (; this.visited.parent(state) !== NO_STATE; state = this.visited.parent(state)) {
      codes.push(this.visited.code(state));
    }
    return codes.reverse();
  }

  private progress(): Progress {
    const time = this.before + performance.now() - this.started;
    return { states: this.visited.count, steps: this.steps, depth: this.depth, time };
  }

  private result(outcome: Outcome): SearchResult {
    const digest = Array.from(this.endsSum, (word) => word.toString(16).padStart(8, "0")).join("");
    return {
      ...this.progress(),
      ends: { count: this.ends, digest },
      outcome,
      found: this.found,
      nodes: this.world.trees.size,
    };
  }
}
