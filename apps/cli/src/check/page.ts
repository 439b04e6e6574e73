import type { CheckSummary, PropertyInfo, Trace } from "@kasan/explore";
import { escapeHtml, page } from "@kasan/html";
import { tableSection } from "../chart/page.ts";
import { bounds, matrix, setting } from "./report.ts";

const STYLE = `.time { border-collapse: collapse; width: 100%; table-layout: fixed; font-size: 0.85rem; }
.time th, .time td { vertical-align: top; text-align: left; padding: 0.15rem 0.5rem; border-left: 2px solid var(--line, #8884); overflow-wrap: anywhere; }
.time thead th { border-bottom: 2px solid #8888; position: sticky; top: 0; background: Canvas; }
.time td.n { width: 2.5rem; border: 0; color: var(--dim); text-align: right; }
.time col.n { width: 3rem; }
.time .begin { font-weight: 600; margin-top: 0.4rem; }
.time .hard { font-style: italic; opacity: 0.85; }
.time .where { font-size: 0.72rem; opacity: 0.65; font-family: ui-monospace, monospace; }
.time tr.last td.on { outline: 2px solid #c33; outline-offset: -2px; }
.time td.on { background: #8881; border-left-color: #47a; }`;

/** A page with the matrix and a timeline of each interleaving that breaks something. */
export function checkPage(
  summaries: readonly CheckSummary[],
  properties: readonly PropertyInfo[],
  what: string,
): string {
  const sections = [
    tableSection("What holds", matrix(summaries, properties)),
    `<p>${escapeHtml(what)}</p>`,
    tableSection("How far it was explored", bounds(summaries)),
    ...summaries.flatMap(({ traces }) => traces.map(timeline)),
  ];
  return page("kasan check", sections.join("\n"), STYLE);
}

/** Time goes down; a column for each CPU. */
function timeline(trace: Trace): string {
  const { scheme, architecture, programs } = trace.scenario;
  const title = `${scheme} on ${architecture}: ${trace.property}`;
  const head = programs.map(
    (program, cpu) => `<th scope="col">CPU ${cpu}<br><small>${escapeHtml(program.join("; "))}</small></th>`,
  );
  const rows = trace.steps.map((step, index) => {
    const cells = programs.map((_, cpu) => (cpu === step.cpu ? `<td class="on">${cellOf(step)}</td>` : "<td></td>"));
    const last = index === trace.steps.length - 1 ? ' class="last"' : "";
    return `<tr${last}><td class="n">${index + 1}</td>${cells.join("")}</tr>`;
  });
  return `<h2>${escapeHtml(title)}</h2>
<p>Broken: ${escapeHtml(trace.holds)}. ${escapeHtml(setting(trace))}.</p>
<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(title)}"><table class="time">
<colgroup><col class="n">${programs.map(() => "<col>").join("")}</colgroup>
<thead><tr><td class="n"></td>${head.join("")}</tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>`;
}

function cellOf({ what, where, begins }: Trace["steps"][number]): string {
  const begin = begins === undefined ? "" : `<div class="begin">${escapeHtml(begins)}</div>`;
  const hard = where === "" ? ' class="hard"' : "";
  const site = where === "" ? "" : `<div class="where">${escapeHtml(where)}</div>`;
  return `${begin}<div${hard}>${escapeHtml(what)}</div>${site}`;
}
