import { asEntry, type LitmusValue, sameValue } from "./value.ts";

/** A register of a CPU. */
export interface ObservedRegister {
  /** discriminates {@link Observed} */
  readonly kind: "register";
  /** the CPU */
  readonly cpu: number;
  /** its name: `X0`, `RAX` */
  readonly register: string;
}

/** A location in memory. */
export interface ObservedLocation {
  /** discriminates {@link Observed} */
  readonly kind: "location";
  /** its name: `x`, `x+8`, `PTE(x)` */
  readonly location: string;
}

/** A register or a location in a condition. */
export type Observed = ObservedRegister | ObservedLocation;

/** A fault that a condition asks for. */
export interface FaultPattern {
  /** the CPU */
  readonly cpu: number;
  /** label of the instruction, or any if undefined */
  readonly label: string | undefined;
  /** name of the location it accessed, or any */
  readonly location: string | undefined;
  /** `Translation`, `AccessFlag` or `Permission`, or any */
  readonly type: string | undefined;
}

/** Always true. */
export interface TrueProposition {
  /** discriminates {@link Proposition} */
  readonly kind: "true";
}

/** A register or a location holds a value. */
export interface EqualProposition {
  /** discriminates {@link Proposition} */
  readonly kind: "equal";
  /** what is looked at */
  readonly observed: Observed;
  /** what it holds */
  readonly value: LitmusValue;
}

/** An access faulted. */
export interface FaultProposition {
  /** discriminates {@link Proposition} */
  readonly kind: "fault";
  /** which fault */
  readonly fault: FaultPattern;
}

/** Another is false. */
export interface NotProposition {
  /** discriminates {@link Proposition} */
  readonly kind: "not";
  /** the other */
  readonly of: Proposition;
}

/** Two are true, or one of them is. */
export interface JoinedProposition {
  /** discriminates {@link Proposition} */
  readonly kind: "and" | "or";
  /** the first */
  readonly left: Proposition;
  /** the second */
  readonly right: Proposition;
}

/** A proposition about one final state. */
export type Proposition = TrueProposition | EqualProposition | FaultProposition | NotProposition | JoinedProposition;

/** What a test asks: whether there is a state, there is none, or all are so. */
export interface Condition {
  /** as in the file */
  readonly quantifier: "exists" | "~exists" | "forall";
  /** about each final state */
  readonly proposition: Proposition;
  /** states that do not fulfil this do not count */
  readonly filter: Proposition | undefined;
  /** what to show of a state beside what `proposition` has */
  readonly locations: readonly (Observed | FaultPattern)[];
  /** as written, with single spaces */
  readonly text: string;
}

/** A fault that happened. */
export interface LitmusFault {
  /** the CPU */
  readonly cpu: number;
  /** labels of the instruction */
  readonly labels: readonly string[];
  /** name of the location it accessed */
  readonly location: string;
  /** `Translation`, `AccessFlag` or `Permission` */
  readonly type: string;
}

/** How one execution ended. */
export interface FinalState {
  /** @returns what a register or a location holds */
  value(observed: Observed): LitmusValue;
  /** the faults */
  readonly faults: readonly LitmusFault[];
}

/** @returns whether `fault` is one that `pattern` asks for */
export const isFault = (pattern: FaultPattern, fault: LitmusFault): boolean =>
  fault.cpu === pattern.cpu &&
  (pattern.label === undefined || fault.labels.includes(pattern.label)) &&
  (pattern.location === undefined || fault.location === pattern.location) &&
  (pattern.type === undefined || fault.type === pattern.type);

/** @returns whether `state` fulfils `proposition` */
export function holds(proposition: Proposition, state: FinalState): boolean {
  switch (proposition.kind) {
    case "true":
      return true;
    case "not":
      return !holds(proposition.of, state);
    case "and":
      return holds(proposition.left, state) && holds(proposition.right, state);
    case "or":
      return holds(proposition.left, state) || holds(proposition.right, state);
    case "fault":
      return state.faults.some((fault) => isFault(proposition.fault, fault));
    case "equal":
      return isValue(proposition.value, state.value(proposition.observed));
  }
}

/** An entry without an output address in the test matches any. */
function isValue(wanted: LitmusValue, value: LitmusValue): boolean {
  const entry = asEntry(wanted);
  const actual = asEntry(value);
  if (entry?.oa === "" && actual !== undefined) return sameValue({ ...entry, oa: actual.oa }, actual);
  return sameValue(wanted, value);
}
