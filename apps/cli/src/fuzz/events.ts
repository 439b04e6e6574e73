import type { FailureKind } from "./failure.ts";
import type { Status } from "./status.ts";

/** What `--format json` prints, a line each. schema/fuzz.schema.json describes it for others. */
export type RunEvent =
  | {
      readonly event: "start";
      /** Of the form of all events. */
      readonly version: 1;
      readonly target: string;
      readonly files: readonly string[];
      readonly jobs: number;
      readonly seed: number;
      /** Inputs that the run begins with. */
      readonly corpus: number;
      /** Bugs that are in the findings' folder. */
      readonly known: number;
    }
  | {
      readonly event: "new";
      readonly seconds: number;
      /** The name of the input's file in the corpus. */
      readonly input: string;
      readonly bytes: number;
      readonly edges: number;
      readonly features: number;
    }
  | {
      readonly event: "finding";
      readonly seconds: number;
      readonly key: string;
      readonly kind: FailureKind;
      readonly title: string;
      /** The input's length. */
      readonly bytes: number;
      /** Its file. */
      readonly input: string;
      /** The log's file. */
      readonly log: string;
      /** The number of the worker's execution that found it. */
      readonly execution: number;
      /** The command that runs it again. */
      readonly replay: string;
    }
  | { readonly event: "teardown"; readonly title: string /** What the guest printed. */; readonly log: string }
  | ({ readonly event: "status" } & Status)
  | ({ readonly event: "end"; readonly reason: EndReason; readonly known: number } & Status);

/** Why a run ended. */
export type EndReason = "runs" | "time" | "signal";
