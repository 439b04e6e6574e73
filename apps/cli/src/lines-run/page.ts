import type { Coverage, FileCoverage } from "@kasan/guest";
import { escapeHtml, page } from "@kasan/html";
import { plural } from "../plural.ts";

const STYLE = `.source { border-collapse: collapse; font-family: ui-monospace, monospace; font-size: 0.82rem; white-space: pre; tab-size: 8; }
.source td { padding: 0 0.6rem; }
.source td.n { text-align: right; color: var(--dim); user-select: none; }
.source td.count { text-align: right; opacity: 0.8; }
.source tr.passed td.code { background: #2a83; }
.source tr.not td.code { background: #d443; }
details { margin: 0.8rem 0; }
summary { cursor: pointer; }`;

/** Reads a source file; undefined if it is not there. */
export type ReadSource = (file: string) => string | undefined;

/** A page that shows the source with the lines that were passed, and those that were not. */
export function coveragePage(coverage: Coverage, title: string, read: ReadSource): string {
  const { edges, passed, files } = coverage;
  const body = [
    `<p>${passed} of ${plural(edges, "edge")} passed, in ${plural(files.length, "file")}. Code runs on from a line that is marked to the next one.</p>`,
    ...files.map((file) => fileSection(file, read(file.file), files.length === 1)),
  ];
  return page(title, body.join("\n"), STYLE);
}

function fileSection({ file, lines }: FileCoverage, source: string | undefined, open: boolean): string {
  const hit = lines.filter(({ count }) => count > 0).length;
  const heading = `<summary><strong>${escapeHtml(file)}</strong>: ${hit} of ${plural(lines.length, "line")}</summary>`;
  const counts = new Map(lines.map(({ line, count }) => [line, count]));
  const text = source?.replace(/\n$/, "").split("\n");
  const shown = text?.map((code, i) => [i + 1, code] as const) ?? lines.map(({ line }) => [line, ""] as const);
  const rows = shown.map(([line, code]) => sourceRow(line, code, counts.get(line)));
  const missing = text ? "" : "<p>The file is not there; these are the numbers of its lines.</p>";
  return `<details${open ? " open" : ""}>${heading}${missing}
<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(file)}"><table class="source"><tbody>
${rows.join("\n")}
</tbody></table></div></details>`;
}

/** `count`: how often a line was passed at which an edge begins. */
function sourceRow(line: number, code: string, count: number | undefined): string {
  const kind = count === undefined ? "" : count > 0 ? ' class="passed"' : ' class="not"';
  const times = count === undefined ? "" : count === 0 ? "not" : count === 255 ? "255+" : String(count);
  return `<tr${kind}><td class="n">${line}</td><td class="count">${times}</td><td class="code">${escapeHtml(code)}</td></tr>`;
}
