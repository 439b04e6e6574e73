import type { Coverage, FileCoverage } from "@kasan/guest";
import { type Cell, dataTable, escapeHtml, key, page, scrollable } from "@kasan/html";
import { plural } from "../plural.ts";

const STYLE = `.source { border-collapse: collapse; font-family: ui-monospace, monospace; font-size: 0.82rem; white-space: pre; tab-size: 8; }
.source td { padding: 0 0.6rem; }
.source td.n { text-align: right; color: var(--dim); user-select: none; }
.source td.count { text-align: right; color: var(--dim); }
.source tr.not td.count { color: var(--red); }
.source tr.not td.count::before { content: "\\2715\\A0" / ""; }
.passed td.code, .swatch.passed { background: #2a83; box-shadow: inset 4px 0 var(--green); }
.not td.code, .swatch.not { background: var(--red-tint); box-shadow: inset 4px 0 var(--red); }
details { margin: 0.8rem 0; }`;

/** Reads a source file; undefined if it is not there. */
export type ReadSource = (file: string) => string | undefined;

/** A page that shows the source with the lines that were passed, and those that were not. */
export function coveragePage(coverage: Coverage, title: string, read: ReadSource): string {
  const { edges, passed, files } = coverage;
  const body = [
    `<p>${passed} of ${plural(edges, "edge")} passed, in ${plural(files.length, "file")}.</p>`,
    ...(files.length > 1 ? [dataTable("Files", fileRows(files))] : []),
    key([
      { fill: "passed", text: "passed, and how often" },
      { fill: "not", text: "not passed" },
      { fill: "", text: "no mark: code runs on from the mark above" },
    ]),
    ...files.map((file, i) => fileSection(file, idOf(i), read(file.file), files.length === 1)),
  ];
  return page(title, body.join("\n"), STYLE);
}

const idOf = (index: number) => `file-${index + 1}`;

const hitOf = ({ lines }: FileCoverage): number => lines.filter(({ count }) => count > 0).length;

function fileRows(files: readonly FileCoverage[]): Cell[][] {
  const rows = files.map((one, i) => {
    const [hit, all] = [hitOf(one), one.lines.length];
    return [{ text: one.file, href: `#${idOf(i)}` }, `${hit}`, `${all}`, `${Math.floor((hit * 100) / (all || 1))} %`];
  });
  return [["file", "lines passed", "of", "share"], ...rows];
}

function fileSection(one: FileCoverage, id: string, source: string | undefined, open: boolean): string {
  const { file, lines } = one;
  const heading = `<summary><strong>${escapeHtml(file)}</strong>: ${hitOf(one)} of ${plural(lines.length, "line")}</summary>`;
  const counts = new Map(lines.map(({ line, count }) => [line, count]));
  const text = source?.replace(/\n$/, "").split("\n");
  const shown = text?.map((code, i) => [i + 1, code] as const) ?? lines.map(({ line }) => [line, ""] as const);
  const rows = shown.map(([line, code]) => sourceRow(line, code, counts.get(line)));
  const missing = text ? "" : "<p>The file is not there; these are the numbers of its lines.</p>";
  const table = `<table class="source"><tbody>
${rows.join("\n")}
</tbody></table>`;
  return `<details${open ? " open" : ""}>${heading}${missing}
<div id="${id}">${scrollable(file, table)}</div></details>`;
}

/** `count`: how often a line was passed at which an edge begins. */
function sourceRow(line: number, code: string, count: number | undefined): string {
  const kind = count === undefined ? "" : count > 0 ? ' class="passed"' : ' class="not"';
  const times = count === undefined ? "" : count === 0 ? "not" : count === 255 ? "255+" : String(count);
  return `<tr${kind}><td class="n">${line}</td><td class="count">${times}</td><td class="code">${escapeHtml(code)}</td></tr>`;
}
