import type { CheckSummary, PropertyInfo, Trace } from "@kasan/explore";
import { escapeHtml, mark, type Section, scrollable, terms } from "@kasan/html";
import { sectionPage, tableSection } from "../chart/page.ts";
import { bounds, isExhausted, matrix, NOT_EXHAUSTED, setting } from "./report.ts";

const STYLE = `.time { border-collapse: collapse; width: 100%; table-layout: fixed; font-size: 0.85rem; }
.time th, .time td { vertical-align: top; text-align: left; padding: 0.15rem 0.5rem; border-left: 2px solid var(--line); overflow-wrap: anywhere; }
.time thead th { border-bottom: 2px solid var(--line); position: sticky; top: 0; background: var(--paper); }
.time td.n { border: 0; color: var(--dim); text-align: right; }
.time col.n { width: 3rem; }
.time .begin { font-weight: 600; margin-top: 0.4rem; }
.time .hard { font-style: italic; color: var(--dim); }
.time .where { font-size: 0.75rem; color: var(--dim); font-family: ui-monospace, monospace; }
.time td.on { background: #8881; border-left-color: #47a; }
.time tr.last td.on { background: var(--red-tint); border: 2px solid var(--red); }`;

/** A page with the matrix, whose broken properties lead to a timeline of the interleaving that breaks them. */
export function checkPage(
  summaries: readonly CheckSummary[],
  properties: readonly PropertyInfo[],
  what: string,
): string {
  const traces = summaries.flatMap((summary) => summary.traces);
  const rows = matrix(summaries, properties, (trace) => `#${idOf(traces.indexOf(trace))}`);
  const holds = tableSection({ title: "What holds", rows });
  const explored = tableSection({ title: "How far it was explored", rows: bounds(summaries) });
  const names = [...new Set(summaries.map(({ scheme }) => scheme))];
  return sectionPage(
    `What holds for ${names.length > MOST_NAMED ? `${names.length} shadow schemes` : names.join(", ")}`,
    [
      { ...holds, body: `${holds.body}\n${meanings(summaries, properties)}` },
      { ...explored, body: `<p>${escapeHtml(what)}</p>\n${explored.body}` },
      ...traces.map(timeline),
    ],
    STYLE,
  );
}

/** Titles name no more schemes. */
const MOST_NAMED = 4;

const idOf = (index: number) => `interleaving-${index + 1}`;

/** What the matrix' words mean: verdicts, and properties. */
function meanings(summaries: readonly CheckSummary[], properties: readonly PropertyInfo[]): string {
  const bounded = !summaries.every(isExhausted);
  return terms([
    { term: mark("good", "holds"), meaning: "in every interleaving" },
    ...(bounded ? [{ term: mark("partial", "not exhausted"), meaning: NOT_EXHAUSTED }] : []),
    { term: mark("bad", "BROKEN"), meaning: "leads to an interleaving that breaks it" },
    ...properties.map(({ name, holds }) => ({
      term: `<code>${escapeHtml(name)}</code>`,
      meaning: escapeHtml(holds),
    })),
  ]);
}

/** Time goes down; a column for each CPU. */
function timeline(trace: Trace, index: number): Section {
  const { scheme, architecture, programs } = trace.scenario;
  const title = `${scheme} on ${architecture}: ${trace.property}`;
  const head = programs.map(
    (program, cpu) => `<th scope="col">CPU ${cpu}<br><small>${escapeHtml(program.join("; "))}</small></th>`,
  );
  const rows = trace.steps.map((step, number) => {
    const cells = programs.map((_, cpu) => (cpu === step.cpu ? `<td class="on">${cellOf(step)}</td>` : "<td></td>"));
    const last = number === trace.steps.length - 1 ? ' class="last"' : "";
    return `<tr${last}><td class="n">${number + 1}</td>${cells.join("")}</tr>`;
  });
  const table = `<table class="time" style="min-width:${3 + 9 * programs.length}rem">
<colgroup><col class="n">${programs.map(() => "<col>").join("")}</colgroup>
<thead><tr><td class="n"></td>${head.join("")}</tr></thead>
<tbody>${rows.join("\n")}</tbody></table>`;
  const body = `<p>${mark("bad", "BROKEN")} ${escapeHtml(trace.holds)}. <span class="dim">${escapeHtml(sentence(setting(trace)))}</span> <a href="#main">To the matrix</a></p>
${scrollable(title, table)}`;
  return { title, id: idOf(index), body };
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function cellOf({ what, where, begins }: Trace["steps"][number]): string {
  const begin = begins === undefined ? "" : `<div class="begin">${escapeHtml(begins)}</div>`;
  const hard = where === "" ? ' class="hard"' : "";
  const site = where === "" ? "" : `<div class="where">${escapeHtml(where)}</div>`;
  return `${begin}<div${hard}>${escapeHtml(what)}</div>${site}`;
}
