import { isUncached } from "./aarch64-order.ts";
import type { Budget } from "./budget.ts";
import type { FinalState, Observed } from "./condition.ts";
import { event, type LitmusEvent } from "./event.ts";
import { isBefore, isExplicit, isLoad, isMark, isStore, isWalk } from "./kinds.ts";
import type { LitmusTest } from "./litmus-test.ts";
import { Relation } from "./relation.ts";
import type { OrderedRun } from "./runs.ts";
import { firstValue } from "./thread.ts";
import { sameValue } from "./value.ts";

/** One execution that the architecture allows. */
export interface Execution extends FinalState {
  /** @returns its effects, in an order that all CPUs could have agreed on */
  readonly order: () => LitmusEvent[];
}

/** The first comes before the second. */
type Pair = [LitmusEvent, LitmusEvent];

/** A walk, an invalidation that is for it, and what comes before what if the walk does. */
interface InvalidatedWalk {
  readonly invalidation: LitmusEvent;
  readonly walk: LitmusEvent;
  readonly before: readonly Pair[];
}

/** How one location's reads and writes belong together: each read's source, and the writes in order. */
interface LocationHistory {
  readonly sources: ReadonlyMap<LitmusEvent, LitmusEvent>;
  readonly writes: readonly LitmusEvent[];
}

/** A combination of runs: events, and the order that each CPU keeps. */
export class Candidate {
  readonly #runs: readonly OrderedRun[];
  readonly #test: LitmusTest;
  readonly #events: readonly LitmusEvent[];
  readonly #numbers = new Map<LitmusEvent, number>();
  readonly #first = new Map<string, LitmusEvent>();
  readonly #local: Relation;
  readonly #budget: Budget;
  #pairs: InvalidatedWalk[] | undefined;

  constructor(test: LitmusTest, runs: readonly OrderedRun[], marks: readonly LitmusEvent[], budget: Budget) {
    this.#test = test;
    this.#budget = budget;
    this.#runs = runs;
    this.#events = [...runs.flatMap(({ events }) => events), ...marks];
    budget.takeOrder(this.#events.length);
    for (const [number, each] of this.#events.entries()) this.#numbers.set(each, number);
    this.#local = new Relation(this.#events.length);
    let base = 0;
    for (const { events, order } of runs) {
      for (let a = 0; a < events.length; a++)
        for (let b = 0; b < events.length; b++) if (order.has(a, b)) this.#local.add(base + a, base + b);
      base += events.length;
    }
    for (const mark of marks) if (mark.atomicWith !== undefined) this.#add(this.#local, mark.atomicWith, mark);
  }

  executions(found: (execution: Execution) => void): void {
    const locations = [...new Set(this.#events.map(({ location }) => location))].filter((location) => location !== "");
    const histories: LocationHistory[][] = [];
    for (const location of locations) {
      const all = this.#histories(location);
      if (all.length === 0) return;
      histories.push(all);
    }
    const combine = (chosen: readonly LocationHistory[], order: Relation): void => {
      const next = histories[chosen.length];
      if (next === undefined) {
        const complete = this.#withInvalidations(chosen, order);
        if (complete !== undefined) found(this.#execution(chosen, complete));
        return;
      }
      for (const history of next) {
        this.#budget.takeOrder(order.size);
        const more = order.copy();
        this.#observe(history, more);
        if (more.isAcyclic()) combine([...chosen, history], more);
      }
    };
    combine([], this.#local);
  }

  #add(relation: Relation, a: LitmusEvent, b: LitmusEvent): void {
    const from = this.#numbers.get(a);
    const to = this.#numbers.get(b);
    if (from !== undefined && to !== undefined) relation.add(from, to);
  }

  #firstWrite(location: string): LitmusEvent {
    const known = this.#first.get(location);
    if (known !== undefined) return known;
    const write = event({
      kind: "write",
      cpu: -1,
      instruction: -1,
      at: 0,
      location,
      value: firstValue(this.#test, location),
    });
    this.#first.set(location, write);
    return write;
  }

  /** All ways in which a location's reads and writes fit together, seen alone: "internal" and "atomic" hold. */
  #histories(location: string): LocationHistory[] {
    const mine = this.#events.filter((each) => each.location === location);
    const stores = mine.filter(({ kind }) => kind === "write");
    const first = this.#firstWrite(location);
    const reads = mine
      .filter(({ kind }) => kind === "read")
      .map((read) => ({ read, from: [first, ...stores].filter((write) => sameValue(write.value, read.value)) }));
    if (reads.some(({ from }) => from.length === 0)) return [];
    const found: LocationHistory[] = [];
    for (const order of coherenceOrders(stores)) {
      const writes = [first, ...order];
      const give = (sources: ReadonlyMap<LitmusEvent, LitmusEvent>, at: number): void => {
        this.#budget.take();
        const next = reads[at];
        if (next === undefined) {
          if (!isAtomic({ sources, writes })) return;
          this.#budget.takeHistory();
          found.push({ sources, writes });
          return;
        }
        for (const write of next.from)
          if (isCoherent(next.read, write, { sources, writes })) give(new Map(sources).set(next.read, write), at + 1);
      };
      give(new Map(), 0);
    }
    return found;
  }

  /** "obs": what a CPU sees of another, walks see of any, and hardware's marks. */
  #observe({ sources, writes }: LocationHistory, order: Relation): void {
    const walked = (read: LitmusEvent) => this.#events.some((fault) => isUncached(fault) && fault.translation === read);
    for (const [read, source] of sources) {
      if (source.cpu !== read.cpu || isMark(source) || isWalk(read)) this.#add(order, source, read);
      for (const later of writes.slice(writes.indexOf(source) + 1)) {
        const seen = isLoad(read) ? later.cpu !== read.cpu || isMark(later) : walked(read);
        if (seen) this.#add(order, read, later);
        if (isLoad(read) && later.cpu !== read.cpu) this.#hazard(read, later, order);
      }
    }
    for (const [index, write] of writes.entries())
      for (const later of writes.slice(index + 1))
        if (write.cpu !== later.cpu || isMark(write) || isMark(later)) this.#add(order, write, later);
  }

  /** "Exp-haz-ob": a load of the same location before it cannot be after what it does not see. */
  #hazard(read: LitmusEvent, later: LitmusEvent, order: Relation): void {
    for (const before of this.#events)
      if (isLoad(before) && before.location === read.location && isBefore(before, read))
        this.#add(order, before, later);
  }

  /**
   * Each walk that an invalidation is for comes before or after it ("TLBI-after").
   *
   * @returns an order without a cycle, or undefined if there is none
   */
  #withInvalidations(histories: readonly LocationHistory[], order: Relation): Relation | undefined {
    const pairs = this.#invalidated(histories);
    const decide = (at: number, so: Relation): Relation | undefined => {
      const pair = pairs[at];
      if (pair === undefined) return so;
      for (const edges of [pair.after, pair.before]) {
        this.#budget.takeOrder(so.size);
        const more = so.copy();
        for (const [a, b] of edges) this.#add(more, a, b);
        if (!more.isAcyclic()) continue;
        const rest = decide(at + 1, more);
        if (rest !== undefined) return rest;
      }
      return undefined;
    };
    return decide(0, order);
  }

  /** What each pair of an invalidation and a walk puts in order, the one way and the other, if both matter. */
  #invalidated(histories: readonly LocationHistory[]): { after: Pair[]; before: readonly Pair[] }[] {
    this.#pairs ??= this.#pairsToOrder();
    return this.#pairs
      .map(({ invalidation, walk, before }) => ({
        after: this.#overwritten(walk, histories).map((write): Pair => [invalidation, write]),
        before,
      }))
      .filter(({ after }) => after.length > 0);
  }

  /** Walks and the invalidations that are for them, where something waits for the invalidation: the same for all histories. */
  #pairsToOrder(): InvalidatedWalk[] {
    const walks = this.#events.filter(isWalk);
    return this.#events
      .filter(({ kind }) => kind === "invalidation")
      .flatMap((invalidation) => {
        const waiting = this.#behind(invalidation);
        return walks
          .filter((walk) => isFor(invalidation, walk))
          .map((walk) => ({ invalidation, walk, before: waiting.flatMap((behind) => this.#walkBefore(walk, behind)) }));
      })
      .filter(({ before }) => before.length > 0);
  }

  #overwritten(walk: LitmusEvent, histories: readonly LocationHistory[]): readonly LitmusEvent[] {
    const history = histories.find(({ sources }) => sources.has(walk));
    const source = history?.sources.get(walk);
    return history === undefined || source === undefined
      ? []
      : history.writes.slice(history.writes.indexOf(source) + 1);
  }

  /** What waits until an invalidation is complete: "TTD-read-ordered-before". */
  #behind(invalidation: LitmusEvent): LitmusEvent[] {
    const run = this.#runs[invalidation.cpu];
    if (run?.rules === undefined) return [];
    const { rules, events } = run;
    return events.filter(
      (each) => rules.isBehindBarrier(invalidation, each) || rules.isBehindSynchronization(invalidation, each),
    );
  }

  /**
   * "TLBI-ob": the walk, accesses that used it, and earlier walks for the same address are complete. A permission fault says nothing of
   * earlier walks: it may come from an entry that the TLB kept beside theirs.
   */
  #walkBefore(walk: LitmusEvent, behind: LitmusEvent): Pair[] {
    const edges: Pair[] = [[walk, behind]];
    if (walk.cpu === behind.cpu) return edges;
    const refused = this.#events.some(({ fault, translation }) => fault === "Permission" && translation === walk);
    for (const each of this.#events) {
      if (each.translation === walk) edges.push([each, behind]);
      if (!refused && isWalk(each) && each.virtual === walk.virtual && isBefore(each, walk)) edges.push([each, behind]);
    }
    return edges;
  }

  #execution(histories: readonly LocationHistory[], order: Relation): Execution {
    const last = new Map(histories.map(({ writes }) => [writes[0]?.location, writes.at(-1)?.value]));
    return {
      faults: this.#runs.flatMap(({ faults }) => faults),
      value: (observed: Observed) =>
        observed.kind === "register"
          ? (this.#runs[observed.cpu]?.registers.get(observed.register) ?? 0)
          : (last.get(observed.location) ?? firstValue(this.#test, observed.location)),
      order: () => order.sorted().map((number) => this.#events[number] as LitmusEvent),
    };
  }
}

/** @returns whether an invalidation is for the address that a walk translated, on its CPU */
const isFor = (invalidation: LitmusEvent, walk: LitmusEvent): boolean =>
  (invalidation.broadcast || invalidation.cpu === walk.cpu) &&
  (invalidation.virtual === "" || invalidation.virtual === walk.virtual.replace(/\+\d+$/, ""));

/** "atomic": nobody writes between the two halves. */
function isAtomic({ sources, writes }: LocationHistory): boolean {
  return writes.every((write, at) => {
    const source = write.atomicWith === undefined ? undefined : sources.get(write.atomicWith);
    return write.atomicWith === undefined || (source !== undefined && writes.indexOf(source) === at - 1);
  });
}

/** "internal": each CPU alone sees its accesses of a location in the program's order. Reads without a source yet are left out. */
function isCoherent(read: LitmusEvent, source: LitmusEvent, { sources, writes }: LocationHistory): boolean {
  if (!isExplicit(read)) return true;
  const seen = writes.indexOf(source);
  return (
    writes.every((write, place) => {
      if (!isStore(write)) return true;
      if (isBefore(write, read)) return place <= seen;
      return !isBefore(read, write) || place > seen;
    }) &&
    [...sources].every(([other, from]) => {
      if (!isExplicit(other)) return true;
      if (isBefore(other, read)) return writes.indexOf(from) <= seen;
      return !isBefore(read, other) || writes.indexOf(from) >= seen;
    })
  );
}

/** All orders of writes in which a CPU's own stores stay in the program's order. */
function* coherenceOrders(writes: readonly LitmusEvent[]): Generator<LitmusEvent[]> {
  if (writes.length === 0) yield [];
  for (const [index, first] of writes.entries()) {
    if (writes.some((other) => isStore(other) && isStore(first) && isBefore(other, first))) continue;
    for (const rest of coherenceOrders([...writes.slice(0, index), ...writes.slice(index + 1)])) yield [first, ...rest];
  }
}
