import { escapeHtml, page } from "@kasan/html";
import { explainHtml, parseLog } from "@kasan/report";
import type { BugGroup } from "./groups.ts";

/** The index, for machines: what `@kasan/report/triage.schema.json` says. */
export function indexJson(groups: readonly BugGroup[], files: number): string {
  const shown = groups.map(({ title, altTitles, type, fingerprint, page, members }) => ({
    title,
    altTitles,
    type,
    fingerprint,
    count: members.length,
    page: `bugs/${page}`,
    members: members.map(
      ({ file, report, line, title: name, corrupted, release, fingerprint: own, message, thread }) => ({
        file,
        report,
        line,
        title: name,
        corrupted,
        fingerprint: own,
        ...(release !== undefined && { release }),
        ...(message !== undefined && { message }),
        ...(thread !== undefined && { thread }),
      }),
    ),
  }));
  return `${JSON.stringify({ files, groups: shown }, undefined, 2)}\n`;
}

const COLUMNS = [
  "group",
  "title",
  "type",
  "group_fingerprint",
  "file",
  "report",
  "line",
  "report_title",
  "fingerprint",
  "release",
  "corrupted",
  "message",
  "thread",
];

/** The index as a table, one report a row (RFC 4180). */
export function indexCsv(groups: readonly BugGroup[]): string {
  const rows = groups.flatMap(({ title, type, fingerprint, members }, index) =>
    members.map((one) => [
      index + 1,
      title,
      type,
      fingerprint,
      one.file,
      one.report,
      one.line,
      one.title,
      one.fingerprint,
      one.release ?? "",
      one.corrupted,
      one.message ?? "",
      one.thread ?? "",
    ]),
  );
  return [COLUMNS, ...rows].map((row) => `${row.map((cell) => csvCell(String(cell))).join(",")}\r\n`).join("");
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The index for people. */
export function indexHtml(groups: readonly BugGroup[], files: number): string {
  const reports = groups.reduce((sum, { members }) => sum + members.length, 0);
  const rows = groups.map(
    ({ title, type, page: name, members }) =>
      `<tr><td>${members.length}</td><th scope="row"><a href="bugs/${name}">${escapeHtml(title)}</a></th><td>${escapeHtml(type)}</td><td>${escapeHtml(releasesOf(members))}</td></tr>`,
  );
  const table =
    groups.length === 0
      ? "<p>No KASAN report was found.</p>"
      : `<table class="index"><caption>Bugs, those with the most reports first</caption><thead><tr><th scope="col">Reports</th><th scope="col">Bug</th><th scope="col">Type</th><th scope="col">Kernels</th></tr></thead><tbody>
${rows.join("\n")}
</tbody></table>`;
  return page("KASAN bugs", `<p>${groups.length} bugs in ${reports} reports, from ${files} logs.</p>\n${table}`);
}

function releasesOf(members: BugGroup["members"]): string {
  const releases = [...new Set(members.flatMap(({ release }) => release ?? []))].sort();
  return releases.length <= 3 ? releases.join(", ") : `${releases[0]} and ${releases.length - 1} more`;
}

/** A bug's page: one of its reports explained, and where the others are. */
export function bugHtml(group: BugGroup, sample: string): string {
  const { title, members } = group;
  const items = members.map(
    ({ file, line, title: name, release, message }) =>
      `<li><code>${escapeHtml(file)}:${line}</code> ${message === undefined ? "" : `mail <code>${escapeHtml(message)}</code> `}${name === title ? "" : escapeHtml(name)} <span class="dim">${escapeHtml(release ?? "")}</span></li>`,
  );
  const list = `<section aria-labelledby="members"><h2 id="members">${members.length === 1 ? "The report" : `All ${members.length} reports`}</h2><ul class="stack">${items.join("\n")}</ul><p><a href="../index.html">All bugs</a></p></section>`;
  return explainHtml(parseLog(sample).reports.slice(0, 1), title).replace("</main>", () => `${list}\n</main>`);
}
