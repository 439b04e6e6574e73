import type { Execution } from "./candidate.ts";
import { type FaultPattern, holds, isFault, type Observed, type Proposition } from "./condition.ts";
import type { LitmusEvent } from "./event.ts";
import { executions } from "./executions.ts";
import type { LitmusTest } from "./litmus-test.ts";
import type { ExecutionOptions } from "./runs.ts";
import { type LitmusValue, valueText } from "./value.ts";
import type { LitmusVerdict } from "./verdicts.ts";

/** How to run a litmus test. */
export type LitmusOptions = Partial<ExecutionOptions>;

/** One way in which a test can end. */
export interface LitmusState {
  /** what the test observes: `1:X0=1; [x]=2;` */
  readonly text: string;
  /** whether it fulfils the test's proposition */
  readonly fulfils: boolean;
  /** executions that end so */
  readonly executions: number;
  /** the effects of one of them, in an order that all CPUs could have agreed on */
  readonly order: readonly LitmusEvent[];
}

/** What a litmus test gave. */
export interface LitmusResult {
  /** the test */
  readonly test: LitmusTest;
  /** every final state that the architecture allows, sorted by text */
  readonly states: readonly LitmusState[];
  /** executions that fulfil the proposition */
  readonly positive: number;
  /** executions that do not */
  readonly negative: number;
  /** as herd7 says it: whether the proposition is fulfilled in no, some or all executions */
  readonly observation: "Never" | "Sometimes" | "Always";
  /** whether the test's condition holds */
  readonly ok: boolean;
  /** what this says of the test */
  readonly verdict: LitmusVerdict;
}

/**
 * Runs a litmus test: finds every final state that the architecture allows.
 *
 * @param test - from {@link parseLitmus}
 * @param options - what the test does not say; by default a fault ends its CPU's program, and FEAT_ETS2 is not there
 * @throws {@link ExploreError} LITMUS for an instruction that is not known, or too many executions
 */
export function runLitmus(test: LitmusTest, options: LitmusOptions = {}): LitmusResult {
  const states = new Map<string, Counted>();
  const { proposition, filter } = test.condition;
  executions(test, { afterFault: "fatal", ets2: false, ...options }, (execution) => {
    if (filter !== undefined && !holds(filter, execution)) return;
    const text = describe(test, execution);
    const state = states.get(text);
    if (state !== undefined) state.executions++;
    else states.set(text, { text, fulfils: holds(proposition, execution), executions: 1, order: execution.order() });
  });
  return result(test, [...states.values()]);
}

interface Counted extends LitmusState {
  executions: number;
}

function result(test: LitmusTest, states: readonly Counted[]): LitmusResult {
  const count = (fulfils: boolean) =>
    states.filter((state) => state.fulfils === fulfils).reduce((sum, { executions }) => sum + executions, 0);
  const [positive, negative] = [count(true), count(false)];
  const { quantifier } = test.condition;
  const ok = quantifier === "exists" ? positive > 0 : quantifier === "forall" ? negative === 0 : positive === 0;
  return {
    test,
    states: [...states].sort((a, b) => (a.text < b.text ? -1 : 1)),
    positive,
    negative,
    observation: positive === 0 ? "Never" : negative === 0 ? "Always" : "Sometimes",
    ok,
    verdict: quantifier === "forall" && ok ? "Required" : positive > 0 ? "Allowed" : "Forbidden",
  };
}

/** What herd7 shows of a state: registers and locations of the condition and of `locations`, then faults. */
function describe(test: LitmusTest, execution: Execution): string {
  const { proposition, locations } = test.condition;
  const shown = new Map<string, Observed>();
  const faults: FaultPattern[] = [];
  for (const item of [...inProposition(proposition), ...locations])
    if ("kind" in item) shown.set(observedText(item), item);
    else faults.push(item);
  const values = [...shown]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, observed]) => [name, execution.value(observed)] as const);
  return [stateText(values), ...faultTexts(faults, execution)].filter((part) => part !== "").join(" ");
}

const observedText = (observed: Observed): string =>
  observed.kind === "register" ? `${observed.cpu}:${observed.register}` : `[${observed.location}]`;

function faultTexts(patterns: readonly FaultPattern[], { faults }: Execution): string[] {
  const texts = patterns.map((pattern) => {
    const place = `P${pattern.cpu}${pattern.label === undefined ? "" : `:${pattern.label}`}`;
    const what = `(${[place, pattern.location].filter((part) => part !== undefined).join(",")})`;
    const seen = faults.find((fault) => isFault(pattern, fault));
    return seen === undefined ? `~Fault${what};` : `Fault${what.slice(0, -1)},MMU:${seen.type});`;
  });
  return [...new Set(texts)].sort();
}

function inProposition(proposition: Proposition): (Observed | FaultPattern)[] {
  switch (proposition.kind) {
    case "true":
      return [];
    case "not":
      return inProposition(proposition.of);
    case "equal":
      return [proposition.observed];
    case "fault":
      return [proposition.fault];
    default:
      return [...inProposition(proposition.left), ...inProposition(proposition.right)];
  }
}

/** @returns a text for a state, equal for equal ones */
const stateText = (values: readonly (readonly [string, LitmusValue])[]): string =>
  values.map(([name, value]) => `${name}=${valueText(value)};`).join(" ");
