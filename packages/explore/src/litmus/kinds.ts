import type { LitmusEvent } from "./event.ts";

type Test = (event: LitmusEvent) => boolean;

/** A read or a write that an instruction asks for. */
export const isExplicit: Test = ({ kind, implicit }) => (kind === "read" || kind === "write") && !implicit;
/** A read that an instruction asks for. */
export const isLoad: Test = ({ kind, implicit }) => kind === "read" && !implicit;
/** A write that an instruction asks for. */
export const isStore: Test = ({ kind, implicit }) => kind === "write" && !implicit;
/** A walk's read of a table entry. */
export const isWalk: Test = ({ kind, implicit }) => kind === "read" && implicit;
/** Hardware's write of a table entry. */
export const isMark: Test = ({ kind, implicit }) => kind === "write" && implicit;
/** Any read or write of memory. */
export const isMemory: Test = ({ kind }) => kind === "read" || kind === "write";
/** A translation's fault. */
export const isFault: Test = ({ kind }) => kind === "fault";
/** An acquire of either kind. */
export const isAcquire: Test = ({ acquire, acquirePc }) => acquire || acquirePc;
/** What instructions behind it are fetched anew after: ISB, and entering and leaving an exception. */
export const isContextSynchronization: Test = ({ kind }) =>
  kind === "instruction barrier" || kind === "fault" || kind === "exception return";

/** @returns whether `a` comes before `b` in the program of their CPU: "po" */
export const isBefore = (a: LitmusEvent, b: LitmusEvent): boolean => a.cpu === b.cpu && a.instruction < b.instruction;

/** @returns whether both are accesses of the same memory */
export const isSameLocation = (a: LitmusEvent, b: LitmusEvent): boolean =>
  isMemory(a) && isMemory(b) && a.location === b.location;
