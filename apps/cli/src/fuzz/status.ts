import type { FuzzStatistics } from "@kasan/fuzz";
import { plural } from "../plural.ts";

/** `12345 inputs, 1200 per second, 83 edges, 20 kept, 1 bug, the last new edge at input 9000`. */
export function status(statistics: FuzzStatistics, milliseconds: number): string {
  const { executions, edges, corpus, findings, lastNew } = statistics;
  const rate = Math.round((executions / Math.max(1, milliseconds)) * 1000);
  return [
    plural(executions, "input"),
    `${rate} per second`,
    plural(edges, "edge"),
    `${corpus} kept`,
    plural(findings, "bug"),
    `the last new edge at input ${lastNew}`,
  ].join(", ");
}
