import { type CheckSummary, interleaving, type PropertyInfo, type Trace } from "@kasan/explore";
import type { Painter } from "@kasan/report";
import { duration } from "../duration.ts";
import { table } from "../table.ts";

/** The rows of the matrix: scheme and architecture against the properties that were looked at. */
export function matrix(summaries: readonly CheckSummary[], properties: readonly PropertyInfo[]): string[][] {
  const names = properties.map(({ name }) => name);
  const head = ["scheme", "on", ...names];
  return [head, ...summaries.map((summary) => [summary.scheme, summary.architecture, ...cells(summary, names)])];
}

function cells({ traces, bound }: CheckSummary, properties: readonly string[]): string[] {
  const unbroken = bound === "exhausted" ? "holds" : "holds*";
  return properties.map((name) => (traces.some(({ property }) => property === name) ? "BROKEN" : unbroken));
}

/** How far each row's exploration went. */
export function bounds(summaries: readonly CheckSummary[]): string[][] {
  const head = ["scheme", "on", "scenarios", "states", "steps", "longest", "time", "steps/s", "bound"];
  const rows = summaries.map(({ scheme, architecture, scenarios, states, steps, depth, time, bound }) => [
    scheme,
    architecture,
    String(scenarios),
    String(states),
    String(steps),
    String(depth),
    duration(time),
    String(Math.round(steps / Math.max(time / 1000, 0.001))),
    bound,
  ]);
  return [head, ...rows];
}

/** The whole result as text. */
export function textOf(
  summaries: readonly CheckSummary[],
  properties: readonly PropertyInfo[],
  what: string,
  width: number,
  paint: Painter,
): string {
  const parts = [table(matrix(summaries, properties)), `${what}\n`, table(bounds(summaries))];
  if (summaries.some(({ bound }) => bound !== "exhausted")) parts.push("* as far as it was explored: see bound\n");
  const broken = summaries.flatMap(({ traces }) => traces);
  if (summaries.length <= 2) parts.push(...broken.map((trace) => traceText(trace, width, paint)));
  else if (broken.length > 0)
    parts.push("How each is broken: kasan check SCHEME --arch ARCHITECTURE, or --format html\n");
  return parts
    .join("\n")
    .replace(/\bBROKEN\b/g, (word) => paint.red(word))
    .replace(/\bholds(?=\*| {2}|\n)/g, (word) => paint.green(word));
}

/** A broken property and the interleaving that breaks it. */
export function traceText(trace: Trace, width: number, paint: Painter): string {
  const { scheme, architecture } = trace.scenario;
  const title = paint.bold(`${scheme} on ${architecture} breaks ${trace.property}: ${trace.holds}`);
  return `${title}\n${setting(trace)}\n${interleaving(trace, width)}`;
}

/** The set-up, and the steps that are left out. */
export function setting({ scenario }: Trace): string {
  const before = scenario.setup.length > 0 ? `before: ${scenario.setup.join("; ")}` : "at first nothing is allocated";
  const extras = [
    scenario.cachesInvalid ? "TLBs remember invalid entries" : "",
    scenario.without === undefined ? "" : `left out: ${scenario.without}`,
  ].filter((text) => text !== "");
  return [before, ...extras].join("; ");
}

/** The whole result as an object, of schema/check.schema.json. */
export function jsonOf(summaries: readonly CheckSummary[], properties: readonly PropertyInfo[], what: string): unknown {
  return {
    version: 1,
    explored: what,
    properties: properties.map(({ name, holds }) => ({ name, holds })),
    results: summaries.map(({ traces, ...rest }) => ({ ...rest, broken: traces })),
  };
}
