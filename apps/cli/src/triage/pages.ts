import { escapeHtml } from "@kasan/html";
import { explainHtml, parseLog } from "@kasan/report";
import type { StoredReport } from "./database.ts";
import { type BugGroup, type BugMember, whereOf } from "./groups.ts";

/** The index, for machines: what `@kasan/cli/schema/triage.schema.json` says. */
export function indexJson(groups: readonly BugGroup[], files: number): string {
  const shown = groups.map(({ name, title, altTitles, type, fingerprint, why, page, members }) => ({
    name,
    title,
    altTitles,
    type,
    fingerprint,
    why,
    count: members.length,
    page: `bugs/${page}`,
    members: members.map(memberJson),
  }));
  return `${JSON.stringify({ version: 1, files, groups: shown }, undefined, 2)}\n`;
}

function memberJson(member: BugMember) {
  const { id, title, corrupted, fingerprint, release, day, joined, copies } = member;
  return {
    id,
    ...placeJson(member),
    title,
    corrupted,
    fingerprint,
    ...(release !== undefined && { release }),
    ...(day !== undefined && { day }),
    ...(joined && { joined: { rule: joined.rule, to: toJson(joined.to), how: joined.how } }),
    ...(copies.length > 0 && { copies: copies.map(placeJson) }),
  };
}

const toJson = ({ id, file, report, line }: StoredReport) => ({ id, file, report, line });

function placeJson({ file, report, line, message, thread }: StoredReport) {
  return { file, report, line, ...(message !== undefined && { message }), ...(thread !== undefined && { thread }) };
}

const COLUMNS = [
  "group",
  "title",
  "type",
  "bug",
  "file",
  "report",
  "line",
  "report_title",
  "report_id",
  "fingerprint",
  "release",
  "corrupted",
  "message",
  "thread",
  "rule",
  "how",
  "day",
];

/** The index as a table, one report a row (RFC 4180). */
export function indexCsv(groups: readonly BugGroup[]): string {
  const rows = groups.flatMap(({ name, title, type, members }, index) =>
    members.map((one) => [
      index + 1,
      title,
      type,
      name,
      one.file,
      one.report,
      one.line,
      one.title,
      one.id,
      one.fingerprint,
      one.release ?? "",
      one.corrupted,
      one.message ?? "",
      one.thread ?? "",
      one.joined?.rule ?? "",
      one.joined?.how ?? "",
      one.day ?? "",
    ]),
  );
  return [COLUMNS, ...rows].map((row) => `${row.map((cell) => csvCell(String(cell))).join(",")}\r\n`).join("");
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The index as text: each bug, why its reports are one, and how each report came to it. */
export function indexText(groups: readonly BugGroup[], files: number): string {
  const bugs = groups.map(({ name, title, why, members }) => {
    const lines = members.map((member) => `    ${member.id}  ${memberWords(member)}\n`);
    return `\n${name}  ${title}\n  ${why}\n${lines.join("")}`;
  });
  return `${summary(groups, files)}\n${bugs.join("")}`;
}

function memberWords(member: BugMember): string {
  const { message, release, day, joined, copies } = member;
  const copied = copies.map(
    (copy) => `again in ${whereOf(copy)}${copy.message === undefined ? "" : `, mail ${copy.message}`}`,
  );
  const facts = [
    message === undefined ? [] : [`mail ${message}`],
    release ?? [],
    day ?? [],
    joined?.how ?? [],
    copied,
  ].flat();
  return [whereOf(member), ...facts].join("; ");
}

/** A sentence about all bugs. */
export function summary(groups: readonly BugGroup[], files: number): string {
  const reports = groups.reduce((sum, { members }) => sum + members.length, 0);
  return `${groups.length} bugs in ${reports} reports, from ${files} logs.`;
}

/** A bug's page: one of its reports explained, why the others are the same bug, and where they are. */
export function bugHtml({ name, title, why, members }: BugGroup, sample: string): string {
  const items = members.map((member) => {
    const other = member.title === title ? "" : ` ${escapeHtml(member.title)}`;
    return `<li><code>${member.id}</code>${other} <span class="dim">${escapeHtml(memberWords(member))}</span></li>`;
  });
  const heading = members.length === 1 ? "The report" : `All ${members.length} reports`;
  const list = `<section aria-labelledby="members"><h2 id="members">${heading}</h2><p>Bug <code>${name}</code>. ${escapeHtml(why)}</p><ul class="stack">${items.join("\n")}</ul><p><a href="../index.html">All bugs</a></p></section>`;
  return explainHtml(parseLog(sample).reports.slice(0, 1), title).replace("</main>", () => `${list}\n</main>`);
}
