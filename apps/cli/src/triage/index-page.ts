import { escapeHtml, page, scrollable } from "@kasan/html";
import type { BugGroup, BugMember } from "./groups.ts";
import { SCRIPT } from "./table-script.ts";

const STYLE = `#filter { display: flex; flex-wrap: wrap; gap: 0.4rem 1.2rem; align-items: end; margin: 1rem 0; }
#filter[hidden] { display: none; }
#filter :is(input, select) { font: inherit; max-width: 16rem; }
#bugs details, #bugs summary { margin: 0; font-weight: 400; color: var(--dim); }
#bugs th { min-width: 11rem; }
#bugs thead th { min-width: 0; white-space: nowrap; }
#bugs .day { white-space: nowrap; }`;

/** A bug, with what its row is sorted and filtered by. */
interface Row {
  readonly bug: BugGroup;
  /** The kernels' versions, `6.12`, the oldest first. */
  readonly kernels: readonly string[];
  /** The days of its reports, the first first. */
  readonly days: readonly string[];
}

/**
 * The index for people.
 *
 * @param summary - a sentence about all
 */
export function indexHtml(groups: readonly BugGroup[], summary: string): string {
  const rows = groups.map(rowOf);
  const shown =
    rows.length === 0
      ? "<p>No KASAN report was found.</p>"
      : `${filter(rows)}\n${scrollable("Bugs", table(rows))}\n${SCRIPT}`;
  return page("KASAN bugs", `<p>${summary}</p>\n${shown}`, STYLE);
}

function rowOf(bug: BugGroup): Row {
  const kernels = distinct(bug.members, ({ release }) => /^\d+\.\d+/.exec(release ?? "")?.[0]).sort(byNumber);
  return { bug, kernels, days: distinct(bug.members, ({ day }) => day).sort() };
}

const byNumber = new Intl.Collator("en", { numeric: true }).compare;

function distinct(members: readonly BugMember[], of: (member: BugMember) => string | undefined): string[] {
  return [...new Set(members.flatMap((member) => of(member) ?? []))];
}

/** Where a user narrows the table down. Without scripts it would do nothing, and is not shown. */
function filter(rows: readonly Row[]): string {
  const types = [...new Set(rows.map(({ bug }) => bug.type))].sort();
  const kernels = [...new Set(rows.flatMap((row) => row.kernels))].sort(byNumber);
  const parts = [
    '<label>With the words<br><input type="search" name="words" size="24"></label>',
    choice("Type", "type", types),
    choice("Kernel", "kernel", kernels),
    ...(isDated(rows) ? ['<label>Seen since<br><input type="date" name="since"></label>'] : []),
    '<output class="dim"></output>',
  ];
  return `<div id="filter" hidden>${parts.join("\n")}</div>`;
}

function choice(label: string, name: string, values: readonly string[]): string {
  const options = values.map((value) => `<option>${escapeHtml(value)}</option>`);
  return `<label>${label}<br><select name="${name}"><option value="">all</option>${options.join("")}</select></label>`;
}

/** Whether any log says when its report was made. */
const isDated = (rows: readonly Row[]): boolean => rows.some(({ days }) => days.length > 0);

function table(rows: readonly Row[]): string {
  const dated = isDated(rows);
  const names = ["Bug", "Type", "Kernels", ...(dated ? ["First seen", "Last seen"] : []), "Name"];
  const heads = names.map((name) => `<th scope="col">${name}</th>`).join("");
  const head = `<tr><th scope="col" class="number" aria-sort="descending">Reports</th>${heads}</tr>`;
  return `<table class="index" id="bugs"><caption>Bugs, those with the most reports first</caption><thead>${head}</thead><tbody>
${rows.map((row) => tableRow(row, dated)).join("\n")}
</tbody></table>`;
}

function tableRow({ bug, kernels, days }: Row, dated: boolean): string {
  const { name, title, type, why, page: file, members } = bug;
  const [first = "", last = ""] = [days[0], days.at(-1)];
  const reasons =
    members.length > 1 ? `<details><summary>Why these are one bug</summary>${escapeHtml(why)}</details>` : "";
  const seen = dated ? `<td class="day">${first}</td><td class="day">${last}</td>` : "";
  const filtered = `data-type="${escapeHtml(type)}" data-kernels="${kernels.join(" ")}" data-last="${last}"`;
  return `<tr ${filtered}><td class="number">${members.length}</td><th scope="row"><a href="bugs/${file}">${escapeHtml(title)}</a>${reasons}</th><td>${escapeHtml(type)}</td><td>${fromTo(kernels)}</td>${seen}<td><code>${name}</code></td></tr>`;
}

/** `6.1`, or `5.4 to 6.13`. */
const fromTo = (kernels: readonly string[]): string =>
  kernels.length < 2 ? kernels.join("") : `${kernels[0]} to ${kernels.at(-1)}`;
