import type { FuzzFlags } from "../commands/fuzz.ts";
import type { FailureKind } from "./failure.ts";

/** What a worker fuzzes, and how: what its thread is started with. */
export interface WorkerTask {
  /** The program's files. */
  readonly files: readonly string[];
  /** The command's flags. */
  readonly flags: FuzzFlags;
  /** Which worker it is, from 0 on. */
  readonly number: number;
  /** The number of inputs after which it ends; undefined: it does not. */
  readonly executions: number | undefined;
  /** Inputs to begin with. */
  readonly inputs: readonly Uint8Array[];
  /** Values worth inserting. */
  readonly dictionary: readonly Uint8Array[];
  /** Keys of bugs that are known. */
  readonly known: readonly string[];
  /** Counts its inputs as they begin: it says nothing while one runs. */
  readonly counter: BigUint64Array;
  /** A word that is not 0 when the worker is to end. */
  readonly control: SharedArrayBuffer;
}

/** A bug, as a worker tells it. */
export interface FoundBug {
  /** The same text for the same bug. */
  readonly key: string;
  /** Its kind. */
  readonly kind: FailureKind;
  /** What happened, in a line. */
  readonly title: string;
  /** The smallest input so far that leads to it. */
  readonly input: Uint8Array;
  /** The number of the worker's execution that found it. */
  readonly execution: number;
  /** What the guest printed, and what it means. */
  readonly log: string;
}

/** What a worker says. */
export type FromWorker =
  | { readonly kind: "progress" | "diagnostics"; readonly text: string }
  | { readonly kind: "ready"; readonly target: string }
  | { readonly kind: "new"; readonly input: Uint8Array; readonly first: readonly number[]; readonly edges: number }
  | { readonly kind: "shorter"; readonly input: Uint8Array; readonly instead: Uint8Array }
  | { readonly kind: "finding" | "minimized"; readonly bug: FoundBug }
  /** The module's exit functions went wrong: what happened, and the log. */
  | { readonly kind: "teardown"; readonly title: string; readonly log: string }
  | { readonly kind: "end" }
  | { readonly kind: "error"; readonly error: WorkerError };

/** An error of a worker, in a form that can be sent. */
export interface WorkerError {
  /** One line. */
  readonly message: string;
  /** The code of an error that the user can mend; undefined for others. */
  readonly code: string | undefined;
  /** Further lines: a compiler's diagnostics. */
  readonly details: string;
  /** Where it was thrown. */
  readonly stack: string | undefined;
}

/** What a worker is told: an input that reaches what it has not, or a bug that another one found. */
export type ToWorker = { readonly input: Uint8Array } | { readonly known: string };
