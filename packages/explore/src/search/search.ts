import { NewCell } from "../machine/cells.ts";
import type { Machine } from "../machine/machine.ts";
import { PROPERTIES, Property } from "../properties.ts";
import { StateView, type UserProperty } from "../user-property.ts";
import type { Scenario } from "../world/scenario.ts";
import { World } from "../world/world.ts";
import { Frontier } from "./frontier.ts";
import { NO_STATE, StateHash, Visited } from "./visited.ts";

/** How far a search goes. */
export interface SearchOptions {
  /** Whether steps that no other CPU can notice are taken together with the one before; true by default. */
  readonly reduction?: boolean;
  /** Steps to go at most; no bound by default. */
  readonly depth?: number;
  /** How often a CPU may be made to stop though it could go on; no bound by default. */
  readonly preemptions?: number;
  /** Bytes for the states; 1 GiB by default. */
  readonly memory?: number;
  /** Whether to stop at the first violation; true by default. */
  readonly stopAtFirst?: boolean;
  /** Names of the properties that count; all by default. */
  readonly properties?: readonly string[];
  /** Properties of one's own. */
  readonly userProperties?: readonly UserProperty[];
  /** Is told now and then how far the search is. */
  readonly progress?: (progress: Progress) => void;
}

/** How far a search is. */
export interface Progress {
  readonly states: number;
  readonly steps: number;
  readonly depth: number;
  /** Milliseconds since the start. */
  readonly time: number;
}

/** Why a search ended. */
export type Outcome = "exhausted" | "violation" | "depth" | "memory";

/** A violation, with how to get there. */
export interface Found {
  /** {@link Property} number; users' properties come behind. */
  readonly property: number;
  /** The property's name. */
  readonly name: string;
  /** What holds otherwise. */
  readonly holds: string;
  /** What is wrong, as a user's property puts it; what failed. */
  readonly what: string;
  /** Transitions from the start; the last one violates. */
  readonly codes: readonly number[];
  /** What the machine had to say of it. */
  readonly detail: number;
}

/** What a search came to. */
export interface SearchResult {
  readonly outcome: Outcome;
  /** Different states. */
  readonly states: number;
  /** Transitions made, from whatever state to whatever state. */
  readonly steps: number;
  /** Length of the longest shortest path. */
  readonly depth: number;
  /** The first violation of each property. */
  readonly found: readonly Found[];
  /** Milliseconds. */
  readonly time: number;
  /** Nodes of the step trees. */
  readonly nodes: number;
}

const REPORT_EVERY = 1 << 16;

/**
 * Explores scenarios over one machine: a scheme, an architecture, a set-up. What one search has learnt of the code, the
 * next need not.
 */
export class Explorer {
  /** The machine. */
  readonly world: World;

  /** @param scenario - names all areas that any of the programs will */
  constructor(scenario: Scenario) {
    this.world = new World(scenario);
    this.world.restart();
  }

  /**
   * Explores every interleaving of some programs, breadth first, so that the first violation of a property is one with
   * fewest transitions.
   *
   * @param programs - by CPU: operations; the scenario's by default
   */
  search(options: SearchOptions = {}, programs = this.world.scenario.programs): SearchResult {
    return this.retry(() => {
      this.warmUp(programs);
      return new Search(this.world, options, programs).run();
    });
  }

  /** Does something, again each time that new cells have come. */
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

  /** Runs the CPUs one after the other, each first once, which finds most cells. */
  private warmUp(programs: readonly (readonly string[])[]): void {
    const enabled = new Int32Array(128);
    programs.forEach((_, first) => {
      const machine = this.retry(() => this.world.build(true, programs));
      for (;;) {
        const count = machine.enabled(enabled);
        if (count === 0) break;
        let code = enabled[0]!;
        for (let i = 0; i < count; i++) if ((enabled[i]! & 3) === first) code = enabled[i]!;
        machine.apply(code);
      }
    });
  }
}

/** Explores a scenario: see {@link Explorer.search}. */
export function search(scenario: Scenario, options: SearchOptions = {}): SearchResult {
  return new Explorer(scenario).search(options);
}

class Search {
  private readonly options: SearchOptions;
  private readonly machine: Machine;
  private readonly world: World;
  private readonly visited: Visited;
  private readonly hash = new StateHash();
  private readonly wanted: number;
  private readonly users: readonly UserProperty[];
  private readonly view: StateView;
  private readonly found: Found[] = [];
  private seen = 0;
  private steps = 0;
  private depth = 0;
  private readonly started = performance.now();

  constructor(world: World, options: SearchOptions, programs: readonly (readonly string[])[]) {
    this.world = world;
    this.options = options;
    this.machine = world.build(options.reduction ?? true, programs);
    this.visited = new Visited((options.memory ?? 2 ** 30) / 2);
    this.users = options.userProperties ?? [];
    this.view = new StateView(world, this.machine);
    const all = [...PROPERTIES, ...this.users].map(({ name }) => name);
    const names = options.properties ?? all;
    this.wanted = all.reduce((bits, name, number) => bits | (names.includes(name) ? 1 << number : 0), 0);
  }

  run(): SearchResult {
    const { machine, visited, hash, options } = this;
    const { words } = machine;
    const enabled = new Int32Array(128);
    let current = new Frontier(words.length);
    let next = new Frontier(words.length);
    hash.of(words, 0, words.length);
    current.push(visited.add(hash.low, hash.high, NO_STATE, 0), words);
    while (current.count > 0) {
      if (this.depth === options.depth) return this.result("depth");
      for (let index = 0; index < current.count; index++) {
        const state = current.number(index);
        current.load(index, words);
        const count = machine.enabled(enabled);
        if (count === 0) this.atEnd(state);
        for (let i = 0; i < count; i++) {
          if (i > 0) current.load(index, words);
          const code = enabled[i]!;
          machine.violated = 0;
          machine.apply(code);
          this.steps++;
          const violated = machine.violated & this.wanted & ~this.seen;
          if (violated !== 0) this.violation(violated, state, code);
          if (this.users.length > 0) this.checkUsers(state, code);
          hash.of(words, 0, words.length);
          const reached = visited.add(hash.low, hash.high, state, code);
          if (reached >= 0) next.push(reached, words);
          if ((this.steps & (REPORT_EVERY - 1)) === 0) options.progress?.(this.progress());
        }
        if (this.found.length > 0 && (options.stopAtFirst ?? true)) return this.result("violation");
        if (visited.full) return this.result("memory");
      }
      [current, next] = [next, current];
      next.clear();
      this.depth++;
    }
    return this.result(this.found.length > 0 ? "violation" : "exhausted");
  }

  /** Nobody can go on. */
  private atEnd(state: number): void {
    const { machine } = this;
    if (!machine.ended) this.report(Property.DEADLOCK, this.path(state), 0);
    else {
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
    const { name, holds } = PROPERTIES[property] ?? this.users[property - PROPERTIES.length]!;
    const failure = property === Property.FAILURE ? this.world.trees.sites[detail]! : what;
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
    const time = performance.now() - this.started;
    return { states: this.visited.count, steps: this.steps, depth: this.depth, time };
  }

  private result(outcome: Outcome): SearchResult {
    return { ...this.progress(), outcome, found: this.found, nodes: this.world.trees.size };
  }
}
