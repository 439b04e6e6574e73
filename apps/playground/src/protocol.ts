import type { LogLine } from "@kasan/kernel";
import type { Settings } from "./settings.ts";

/** A program to run. */
export interface Program {
  /** The file's name: `bug.c`. */
  readonly name: string;
  readonly text: string;
}

/** A request to run a program. */
export interface RunRequest {
  readonly program: Program;
  readonly settings: Settings;
  /** Where the program is that was compiled when the page was made, if it is an example. */
  readonly pack?: string;
}

/** A message of clang. */
export interface Diagnostic {
  readonly severity: "error" | "warning" | "note";
  /** The line, from 1 on. */
  readonly line: number;
  /** The column, from 1 on. */
  readonly column: number;
  readonly message: string;
}

/** What is told while a program runs. */
export type RunEvent =
  /** Lines of the kernel's log. */
  | { readonly kind: "log"; readonly lines: readonly LogLine[] }
  /** The lines so far do not count: the program runs again, to find its source lines. */
  | { readonly kind: "again" }
  /** What is being done. */
  | { readonly kind: "progress"; readonly what: string }
  /** How much of clang there is, in bytes. */
  | { readonly kind: "fetched"; readonly done: number; readonly total: number };

/** A line of the program that a report is about. */
export interface ReportedPlace {
  /** What happened there: `bad write`. */
  readonly what: string;
  /** The line, from 1 on. */
  readonly line: number;
}

/** Takes what is told; the promise is kept when the page has it. */
export type Tell = (event: RunEvent) => Promise<void>;

/** A report, explained. */
export interface ExplainedReport {
  /** `KASAN: slab-out-of-bounds Write in oob_init`. */
  readonly title: string;
  /** The explanation, as HTML of `@kasan/report`. */
  readonly html: string;
  /** The address of the access, if the report has it. */
  readonly address?: bigint;
  /** Where in the program it happened. */
  readonly places: readonly ReportedPlace[];
}

/** A program that ran. */
export interface Ran {
  readonly kind: "ran";
  readonly reports: readonly ExplainedReport[];
  /** Why the guest was stopped; absent if it came to its end. */
  readonly stopped?: string;
  /** clang's warnings. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A program that did not run. */
export interface Refused {
  readonly kind: "refused";
  /** What is wrong, in one line. */
  readonly message: string;
  /** Further lines. */
  readonly details: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** What came of a run. */
export type RunOutcome = Ran | Refused;

/** What the worker does for the page. Runs block it: what is asked meanwhile is answered after them. */
export interface Lab {
  /** Compiles and runs a program on a machine of its own. */
  run(request: RunRequest, tell: Tell): Promise<RunOutcome>;
  /** Explains the reports of a log, of any kernel. */
  explain(log: string): readonly ExplainedReport[] | Promise<readonly ExplainedReport[]>;
}
