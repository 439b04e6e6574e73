import { type CheckSummary, interleaving, type PropertyInfo, type Trace, verdictOn } from "@kasan/explore";
import type { Cell, MarkedCell } from "@kasan/html";
import type { Painter } from "@kasan/report";
import { duration } from "../duration.ts";
import { table } from "../table.ts";

/**
 * The rows of the matrix: scheme and architecture against the properties that were looked at.
 *
 * @param hrefOf - where it is shown how a property is broken, if that is on the same page
 */
export function matrix(
  summaries: readonly CheckSummary[],
  properties: readonly PropertyInfo[],
  hrefOf?: (trace: Trace) => string,
): Cell[][] {
  const rows = summaries.map((summary) => [
    summary.scheme,
    modelOf(summary),
    ...properties.map(({ name }) => verdictOf(summary, name, hrefOf)),
  ]);
  return [["scheme", "on", ...properties.map(({ name }) => name)], ...rows];
}

/** The architecture, with what the model of it leaves out: what holds, holds for that. */
const modelOf = ({ architecture, loadsInOrder }: CheckSummary): string =>
  loadsInOrder ? `${architecture}, loads in order` : architecture;

function verdictOf(summary: CheckSummary, name: string, hrefOf?: (trace: Trace) => string): MarkedCell {
  const verdict = verdictOn(summary, name);
  if (verdict !== "broken") return { text: verdict, tone: verdict === "holds" ? "good" : "partial" };
  const trace = summary.traces.find(({ property }) => property === name)!;
  return { text: "BROKEN", tone: "bad", ...(hrefOf && { href: hrefOf(trace) }) };
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

/** Whether everything was explored. */
export const isExhausted = ({ bound }: CheckSummary): boolean => bound === "exhausted";

/** What `not exhausted` says. */
export const NOT_EXHAUSTED = "no interleaving that was explored breaks it, but not all were explored: see bound";

/** The whole result as text. */
export function textOf(
  summaries: readonly CheckSummary[],
  properties: readonly PropertyInfo[],
  what: string,
  width: number,
  paint: Painter,
): string {
  const parts = [table(matrix(summaries, properties), paint), `${what}\n`, table(bounds(summaries))];
  if (!summaries.every(isExhausted)) parts.push(`not exhausted: ${NOT_EXHAUSTED}\n`);
  const broken = summaries.flatMap(({ traces }) => traces);
  if (summaries.length <= 2) parts.push(...broken.map((trace) => traceText(trace, width, paint)));
  else if (broken.length > 0)
    parts.push("How each is broken: kasan check SCHEME --arch ARCHITECTURE, or --format html\n");
  return parts.join("\n");
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
    results: summaries.map(({ traces, ...rest }) => ({
      ...rest,
      verdicts: Object.fromEntries(properties.map(({ name }) => [name, verdictOn({ traces, ...rest }, name)])),
      broken: traces,
    })),
  };
}
