import { appendFileSync, writeFileSync } from "node:fs";
import { fileError } from "@kasan/fuzz/folder";
import { duration } from "../duration.ts";
import { plural } from "../plural.ts";

/** What a run has done so far. */
export interface Status {
  /** Seconds since the first input. */
  readonly seconds: number;
  /** Inputs that were run. */
  readonly executions: number;
  /** Of these, in the last second; of all, in a summary. */
  readonly executions_per_second: number;
  /** Edges that were passed. */
  readonly edges: number;
  /** Edges by how often they were passed, and what a value profile adds. */
  readonly features: number;
  /** Inputs that are kept. */
  readonly corpus: number;
  /** Bugs that were found. */
  readonly findings: number;
  /** Seconds since an edge was passed for the first time. */
  readonly seconds_since_new_edge: number;
}

/** `12345 inputs, 1200 per second, 83 edges, 20 kept, 1 bug, a new edge 5 s ago`. */
export function statusText(status: Status): string {
  const { executions, executions_per_second: rate, edges, corpus, findings, seconds_since_new_edge: since } = status;
  return [
    plural(executions, "input"),
    `${rate} per second`,
    plural(edges, "edge"),
    `${corpus} kept`,
    plural(findings, "bug"),
    `the last new edge ${duration(1000 * since)} ago`,
  ].join(", ");
}

/** The columns of a file with a row for each second. */
const COLUMNS = [
  "seconds",
  "executions",
  "executions_per_second",
  "edges",
  "features",
  "corpus",
  "findings",
  "seconds_since_new_edge",
] as const satisfies readonly (keyof Status)[];

/** A file with a row for each second. A row is written at once, so that none is there in part. */
export class StatsFile {
  private readonly path: string;

  /** @throws FuzzError `CORPUS` if it cannot be written */
  constructor(path: string) {
    this.path = path;
    this.write(() => writeFileSync(path, `${COLUMNS.join(",")}\n`));
  }

  /** Adds a row. @throws FuzzError `CORPUS` if it cannot be written */
  add(status: Status): void {
    this.write(() => appendFileSync(this.path, `${COLUMNS.map((name) => status[name]).join(",")}\n`));
  }

  private write(act: () => void): void {
    try {
      act();
    } catch (error) {
      throw fileError(this.path, "cannot be written", error);
    }
  }
}
