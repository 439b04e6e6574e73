/**
 * Explores every interleaving of KASAN's operations on shadow memory, by stepping through the shipped code on real page-table bits.
 *
 * @packageDocumentation
 */

export * from "./check.ts";
export * from "./error.ts";
export type { OrderFeatures } from "./litmus/aarch64-order.ts";
export type {
  Condition,
  EqualProposition,
  FaultPattern,
  FaultProposition,
  JoinedProposition,
  NotProposition,
  Observed,
  ObservedLocation,
  ObservedRegister,
  Proposition,
  TrueProposition,
} from "./litmus/condition.ts";
export type { BarrierReach, Dependencies, EventKind, FaultType, LitmusEvent } from "./litmus/event.ts";
export type * from "./litmus/litmus-test.ts";
export { parseLitmus } from "./litmus/parse.ts";
export * from "./litmus/run.ts";
export type { ExecutionOptions } from "./litmus/runs.ts";
export { litmusText, witnessText } from "./litmus/text.ts";
export type { LitmusAddress, LitmusLabel, LitmusValue, TableEntry } from "./litmus/value.ts";
export * from "./litmus/verdicts.ts";
export * from "./properties.ts";
export * from "./registry.ts";
export * from "./search/search.ts";
export * from "./search/snapshot.ts";
export type { TreeData } from "./steps/tree.ts";
export * from "./suite.ts";
export type { FindOptions } from "./trace/fewer-operations.ts";
export { type OwnNames, readTrace } from "./trace/read.ts";
export { INTERLEAVING_WIDTH, interleaving } from "./trace/text.ts";
export * from "./trace/trace.ts";
export * from "./user-property.ts";
export * from "./variants/index.ts";
export { OPERATIONS } from "./world/operations.ts";
export * from "./world/scenario.ts";
export type { Reduced } from "./world/world.ts";
