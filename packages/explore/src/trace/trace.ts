import { ExploreError } from "../error.ts";
import { type ExploredMachine, MAX_ENABLED, Turn } from "../machine/machine.ts";
import { PROPERTIES, Property } from "../properties.ts";
import type { ScenarioData } from "../registry.ts";
import { type Explorer, type Found, reducedBy } from "../search/search.ts";
import { StepKind } from "../steps/step.ts";
import { StateView, type UserProperty } from "../user-property.ts";
import type { Reduced } from "../world/world.ts";
import { Describer } from "./describe.ts";
import { type FindOptions, withFewerOperations } from "./fewer-operations.ts";
import { notJudged, wrong } from "./fields.ts";

/** One step of an interleaving. */
export interface TraceStep {
  /** The CPU that made it. */
  readonly cpu: number;
  /** What it did, and what it observed. */
  readonly what: string;
  /** Functions of the code that requested it, innermost first; empty for the hardware's own actions. */
  readonly where: string;
  /** The operation that starts here. */
  readonly begins?: string;
  /** The transition that the step belongs to: an index into {@link Trace.codes}. */
  readonly transition: number;
}

/** An interleaving that violates a property, as stored in a file. */
export interface Trace {
  /** Version of this format. */
  readonly version: 1;
  /** The explored scenario. */
  readonly scenario: ScenarioData;
  /** The property's name. */
  readonly property: string;
  /** The property in words. */
  readonly holds: string;
  /** The state's cells; transitions are meaningful only with the same cells. */
  readonly cells: readonly (readonly [kind: number, address: number])[];
  /** Whether steps that no other CPU, and no property, can observe were combined with the previous one. */
  readonly reduction: Reduced;
  /** Transitions as numbers, for the replay. */
  readonly codes: readonly number[];
  /** The same in words. */
  readonly steps: readonly TraceStep[];
}

/** Runs transitions from the start. @returns the index of the first transition that is not possible; -1 if all are */
function follow(machine: ExploredMachine, codes: readonly number[], each?: (index: number) => void): number {
  const enabled = new Int32Array(MAX_ENABLED);
  for (let index = 0; index < codes.length; index++) {
    const count = machine.enabled(enabled);
    if (enabled.subarray(0, count).indexOf(codes[index]) < 0) return index;
    each?.(index);
    machine.violated = 0;
    machine.apply(codes[index]);
  }
  return -1;
}

/** Whether transitions are possible and the last one violates a property. */
function breaks({ explorer, programs, reduction, users }: Run, codes: readonly number[], property: number): boolean {
  const machine = explorer.world.build(reduction, programs);
  if (follow(machine, codes) >= 0) return false;
  const user = users[property - PROPERTIES.length];
  if (user) return user.check(new StateView(explorer.world, machine)) !== undefined;
  // Properties of an end state, in which nothing more can happen.
  const isEnd = () => machine.enabled(new Int32Array(MAX_ENABLED)) === 0;
  if (property === Property.DEADLOCK) return isEnd() && machine.stuck;
  if (property === Property.LOST_PAGE) return isEnd() && machine.ended && machine.lostPage() >= 0;
  return (machine.violated & (1 << property)) !== 0;
}

/** A user property's verdict on the state that transitions lead to; undefined if it holds. */
function judge({ explorer, programs, reduction }: Run, codes: readonly number[], user: UserProperty) {
  const machine = explorer.world.build(reduction, programs);
  follow(machine, codes);
  return user.check(new StateView(explorer.world, machine));
}

/** The subject of an interleaving. */
interface Run {
  readonly explorer: Explorer;
  readonly programs: readonly (readonly string[])[];
  readonly reduction: Reduced;
  readonly users: readonly UserProperty[];
}

/** Removes transitions that the violation does not need, until every remaining one is needed. */
function shorten(run: Run, { property, codes: all }: Found): readonly number[] {
  let codes = all;
  // At an end every operation has run.
  if (property === Property.DEADLOCK || property === Property.LOST_PAGE) return codes;
  for (let index = codes.length - 2; index >= 0; index--) {
    const without = codes.filter((_, other) => other !== index);
    if (breaks(run, without, property)) codes = without;
  }
  return codes;
}

/** The steps of an interleaving, in words. @throws {@link ExploreError} `TRACE` if it is not possible */
function stepsOf({ explorer, programs, reduction }: Run, codes: readonly number[]): TraceStep[] {
  const machine = explorer.world.build(reduction, programs);
  const describer = new Describer(explorer.world, machine);
  const steps: TraceStep[] = [];
  let transition = 0;
  machine.listener = (cpu, turn, detail, node) => {
    const what = describer.step(cpu, turn, detail, node);
    if (what === undefined) return;
    const { trees, layout, programs: roots } = machine.world;
    const operation = machine.words[cpu * layout.cpuWords + layout.operation];
    const isFirst = turn === Turn.RUN && roots[cpu][operation] === node;
    const isCode = turn === Turn.RUN && trees.kind[node] !== StepKind.FAILED;
    const where = isCode ? trees.sites[trees.site[node]] : "";
    steps.push({ cpu, what, where, transition, ...(isFirst && { begins: programs[cpu][operation] }) });
  };
  const impossible = follow(machine, codes, (index) => {
    transition = index;
  });
  machine.listener = undefined;
  if (impossible < 0) return steps;
  throw new ExploreError(
    "TRACE",
    `codes[${impossible}]: that transition is not possible there: the code or its options have changed`,
  );
}

/** Options of {@link traceOf}: those of the search that found the violation. */
export interface TraceOptions extends FindOptions {
  /** Whether to look for the operations and steps that the violation needs, and leave out the others; true by default. */
  readonly shorten?: boolean;
}

/**
 * Creates the trace of a violation, with only those operations and steps that it needs. It is as found if it takes too long to find
 * out which these are, or if it is of a user's property that is not among the options.
 *
 * @param data - the explored scenario, with the programs
 */
export function traceOf(explorer: Explorer, data: ScenarioData, found: Found, options: TraceOptions = {}): Trace {
  const { userProperties: users = [] } = options;
  const reduction = reducedBy(options);
  const canJudge = found.property < PROPERTIES.length + users.length;
  const shorter = (options.shorten ?? true) && canJudge;
  const least = shorter ? withFewerOperations({ explorer, data, found }, options) : { explorer, data, found };
  return least.explorer.retry(() => {
    const run = { explorer: least.explorer, programs: least.data.programs, reduction, users };
    const codes = shorter ? shorten(run, least.found) : least.found.codes;
    return {
      version: 1,
      scenario: least.data,
      property: found.name,
      holds: found.holds,
      cells: least.explorer.world.cellList(),
      reduction,
      codes,
      steps: stepsOf(run, codes),
    };
  });
}

/** Result of a replay. */
export interface Replayed {
  /** The replayed steps. */
  readonly steps: readonly TraceStep[];
  /** Whether the property is still violated at their end. */
  readonly broken: boolean;
  /** A user property's message; empty for others. */
  readonly what: string;
  /** Whether the steps equal those of the trace, and the property is {@link broken}. */
  readonly same: boolean;
}

/**
 * Replays a trace.
 *
 * @param explorer - a new one, for the trace's scenario
 * @param own - user properties, including the trace's if it is not one of {@link PROPERTIES}
 * @throws {@link ExploreError} `TRACE` if it is no longer possible, or its property is unknown; `TOO_LARGE` if it was never
 *   possible
 */
export function replay(explorer: Explorer, trace: Trace, own: readonly UserProperty[] = []): Replayed {
  const property = PROPERTIES.findIndex(({ name }) => name === trace.property);
  const user = own.find(({ name }) => name === trace.property);
  if (property < 0 && !user) throw wrong("property", notJudged(trace.property, own));
  const nowhere = trace.cells.findIndex(([kind, address]) => !explorer.world.isPlace(kind, address));
  if (nowhere >= 0) throw new ExploreError("TRACE", `cells[${nowhere}]: there is nothing of that kind at that address`);
  explorer.world.addCells(trace.cells);
  return explorer.retry(() => {
    const { scenario, reduction } = trace;
    const run = { explorer, programs: scenario.programs, reduction, users: [] };
    const steps = stepsOf(run, trace.codes);
    const what = property < 0 ? judge(run, trace.codes, user!) : undefined;
    const broken = property < 0 ? what !== undefined : breaks(run, trace.codes, property);
    const words = (of: readonly TraceStep[]) => of.map(({ cpu, what }) => `${cpu} ${what}`).join("\n");
    return { steps, broken, what: what ?? "", same: broken && words(steps) === words(trace.steps) };
  });
}
