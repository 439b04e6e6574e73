import type { Condition } from "./condition.ts";
import type { LitmusValue } from "./value.ts";

/** Processors whose litmus tests can be read. */
export type LitmusArchitecture = "AArch64" | "X86_64";

/** What a CPU does after a fault that has no handler: end, do the instruction again, or leave it out. */
export type AfterFault = "fatal" | "handled" | "skip";

/** What hardware manages in translation table entries: access flags, and dirty bits too. */
export interface TableManagement {
  /** sets the access flag (TCR_ELx.HA) */
  readonly accessFlag: boolean;
  /** sets the dirty bit (TCR_ELx.HD) */
  readonly dirtyBit: boolean;
}

/** One instruction of a litmus test. */
export interface LitmusInstruction {
  /** mnemonic, upper case, with its size or condition: `LDR`, `B.NE`, `MOVL` */
  readonly mnemonic: string;
  /** operands as written, without spaces */
  readonly operands: readonly string[];
  /** as written, with single spaces */
  readonly text: string;
}

/** What one CPU runs. */
export interface LitmusProgram {
  /** instructions in order */
  readonly code: readonly LitmusInstruction[];
  /** labels: index of the instruction that follows each */
  readonly labels: ReadonlyMap<string, number>;
  /** index of the fault handler's first instruction in `code`, if it has one */
  readonly handler: number | undefined;
  /** index at which the program ends: the handler's first instruction, or the end of `code` */
  readonly end: number;
}

/** A litmus test in herd7's format. */
export interface LitmusTest {
  /** the processor */
  readonly architecture: LitmusArchitecture;
  /** its name */
  readonly name: string;
  /** a program for each CPU */
  readonly programs: readonly LitmusProgram[];
  /** registers' first values: for each CPU, by register */
  readonly registers: readonly ReadonlyMap<string, LitmusValue>[];
  /** memory's first values, by location: `x`, `x+8`, `PTE(x)` */
  readonly memory: ReadonlyMap<string, LitmusValue>;
  /** how each CPU's hardware manages table entries */
  readonly management: readonly TableManagement[];
  /** CPUs that run at EL0 */
  readonly user: ReadonlySet<number>;
  /** what follows a fault, if the test says so */
  readonly afterFault: AfterFault | undefined;
  /** what it asks about the final states */
  readonly condition: Condition;
}
