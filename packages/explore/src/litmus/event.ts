import type { LitmusValue } from "./value.ts";

/** Kinds of faults that a translation ends in. */
export type FaultType = "Translation" | "AccessFlag" | "Permission";

/** What a barrier orders: all, loads with what follows, stores with stores. */
export type BarrierReach = "full" | "load" | "store";

/** What happens in an execution: "effects" in the Arm manual (DDI 0487, B2.3). */
export type EventKind =
  | "read"
  | "write"
  | "data barrier"
  | "synchronization barrier"
  | "instruction barrier"
  | "invalidation"
  | "fault"
  | "exception return";

/** Loads whose values an event needs: as they are, or only to choose what is taken (CSEL, CAS). */
export interface Dependencies {
  /** through registers and memory that the CPU wrote */
  readonly plain: ReadonlySet<LitmusEvent>;
  /** `plain`, and what chose between values */
  readonly pick: ReadonlySet<LitmusEvent>;
}

/** One effect of an execution. */
export interface LitmusEvent {
  /** what it does */
  readonly kind: EventKind;
  /** the CPU; -1 for the first values of memory and for what hardware does on its own */
  readonly cpu: number;
  /** how many instructions the CPU ran before this one */
  readonly instruction: number;
  /** index of the instruction in its program */
  readonly at: number;
  /** location, for reads and writes */
  readonly location: string;
  /** what was read or written */
  readonly value: LitmusValue;
  /** whether hardware does it for an instruction's translation */
  readonly implicit: boolean;
  /** a read that what follows waits for (LDAR) */
  readonly acquire: boolean;
  /** acquire of the weaker kind (LDAPR) */
  readonly acquirePc: boolean;
  /** a write that waits for what is before it (STLR) */
  readonly release: boolean;
  /** a read whose result goes nowhere (STCLR, and SWP to XZR) */
  readonly unused: boolean;
  /** what a barrier orders */
  readonly reach: BarrierReach;
  /** virtual address of the access or of the fault: `x`, `x+8`; of the page for an invalidation, empty for all */
  readonly virtual: string;
  /** whether an invalidation reaches other CPUs */
  readonly broadcast: boolean;
  /** how a fault came about */
  readonly fault: FaultType | undefined;
  /** the read of the table entry that translated this access or fault */
  readonly translation: LitmusEvent | undefined;
  /** the read that this write makes atomic with itself */
  readonly atomicWith: LitmusEvent | undefined;
  /** whether the atomic pair is one instruction (SWP), not two (STXR) */
  readonly oneInstruction: boolean;
  /** loads that its address needs */
  readonly address: Dependencies;
  /** loads that what it writes needs */
  readonly data: Dependencies;
  /** loads that branches before it need */
  readonly control: Dependencies;
}

/** @returns no dependencies */
export const noDependencies: Dependencies = { plain: new Set(), pick: new Set() };

/** @returns what depends on both */
export const both = (...all: readonly Dependencies[]): Dependencies => ({
  plain: new Set(all.flatMap(({ plain }) => [...plain])),
  pick: new Set(all.flatMap(({ pick }) => [...pick])),
});

/** @returns what `chosen` by `by` depends on: the second only picks */
export const picked = (chosen: Dependencies, by: Dependencies): Dependencies => ({
  plain: chosen.plain,
  pick: new Set([...chosen.pick, ...by.pick]),
});

/** @returns an event with what is not given as for one that does nothing */
export const event = (
  given: Pick<LitmusEvent, "kind" | "cpu" | "instruction" | "at"> & Partial<LitmusEvent>,
): LitmusEvent => ({
  location: "",
  value: 0,
  implicit: false,
  acquire: false,
  acquirePc: false,
  release: false,
  unused: false,
  reach: "full",
  virtual: "",
  broadcast: false,
  fault: undefined,
  translation: undefined,
  atomicWith: undefined,
  oneInstruction: true,
  address: noDependencies,
  data: noDependencies,
  control: noDependencies,
  ...given,
});
