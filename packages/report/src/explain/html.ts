import { type Cell, dataTable, escapeHtml, mark, PAGE_END, pageStart, scrollable, terms } from "@kasan/html";
import { formatAddress, spellAddress } from "@kasan/shadow";
import { checkReport } from "../checks/index.ts";
import { byteHex } from "../json-parts.ts";
import type { ParsedReport } from "../parse/parsed.ts";
import { kernelOf } from "../sections/machine.ts";
import { fingerprintOf, signatureOf } from "../triage/signature.ts";
import { functionName, plural } from "../words.ts";
import { type Explanation, explainReport } from "./explanation.ts";
import { type ExplainFormat, type WriteText, wholeText } from "./format.ts";
import { pictureHtml } from "./picture-html.ts";
import { stackHtml } from "./stack-html.ts";
import { stacksOf } from "./stacks.ts";
import { REPORT_STYLE } from "./style.ts";
import { accessWords, markedAddress, ownTitle, pastWords } from "./words.ts";

/**
 * Reports explained, as one page that needs nothing else: no scripts, light and dark, readable aloud.
 *
 * @param title - the page's; by default that of its only report, or a general one
 */
export function explainHtml(reports: readonly ParsedReport[], title?: string): string {
  return wholeText((write) => htmlFormat(write, { title }), reports);
}

/**
 * One report explained, as {@link explainHtml} has it, for a page that has other things too. Needs the style {@link REPORT_STYLE}.
 *
 * @param number - which of the page's reports it is, from 1 on
 */
export function explainArticle(report: ParsedReport, number: number): string {
  return article(report, number, GENERAL_TITLE);
}

/** What a page of several reports is called, or of none. */
const GENERAL_TITLE = "KASAN reports";
/** The part of the text that the articles are in. The contents come before them, and grow with them. */
const ARTICLES = 1;

/** {@link explainHtml} as a stream. */
export function htmlFormat(write: WriteText, { title }: { readonly title?: string | undefined } = {}): ExplainFormat {
  // The page of one report is another than that of many.
  let only: ParsedReport | undefined;
  let count = 0;
  const add = (report: ParsedReport, number: number) => {
    write(
      `<li><a href="#report-${number}">${escapeHtml(report.title)}</a> <span class="dim">line ${report.line}</span></li>`,
    );
    write(`${number > 1 ? "\n" : ""}${article(report, number, title ?? GENERAL_TITLE)}`, ARTICLES);
  };
  const endOfOne = () => {
    const name = title ?? only?.title ?? GENERAL_TITLE;
    const body = only === undefined ? "<p>No KASAN report was found.</p>" : article(only, 1, name);
    write(`${pageStart(name, REPORT_STYLE)}\n${body}${PAGE_END}`);
  };
  return {
    report: (report) => {
      count++;
      if (count === 1) only = report;
      else if (count === 2) {
        write(`${pageStart(title ?? GENERAL_TITLE, REPORT_STYLE)}<nav class="contents" aria-label="Reports"><ol>`);
        add(only!, 1);
        only = undefined;
      }
      if (count > 1) add(report, count);
    },
    end: () => {
      if (count < 2) return endOfOne();
      write("</ol></nav>\n");
      write(PAGE_END, ARTICLES);
    },
  };
}

/** The rank of a heading: ranks may not be left out, or listeners lose their place. */
type Rank = 2 | 3;

/** One report, as an article with headings below its title. The page's own title is not said again. */
function article(report: ParsedReport, number: number, pageTitle: string): string {
  const explanation = explainReport(report);
  const titled = report.title === pageTitle;
  const rank = titled ? 2 : 3;
  const { altTitles, machine, line } = report;
  const own = ownTitle(report);
  const title = escapeHtml(report.title);
  return `<article id="report-${number}" aria-label="${title}">
${titled ? "" : `<h2 class="crash">${title}</h2>`}
<p class="dim">${report.corrupted ? '<span class="badge">damaged</span> ' : ""}${own ? `KASAN itself: ${escapeHtml(own)}. ` : ""}${altTitles.length > 0 ? `Also: ${escapeHtml(altTitles.join(", "))}. ` : ""}Line ${line}${escapeHtml(kernelOf(machine))}, fingerprint <code>${fingerprintOf(signatureOf(report))}</code></p>
<p class="summary">${escapeHtml(explanation.summary.join(" "))}</p>
${explanation.picture ? pictureHtml(explanation.picture, report.addressBits) : ""}
${report.memory ? memory(report, explanation, rank) : ""}
${variables(report, explanation, rank)}
${list("What happened, in order", explanation.story, "ol", rank)}
${stacks(report)}
${heading("Likely mistake", rank)}
<p>${escapeHtml(explanation.mistake)}</p>
${list("What KASAN cannot know", explanation.unknown, "ul", rank)}
${checks(report)}
<details><summary>The report as it stands in the log</summary>
<pre tabindex="0">${escapeHtml(report.lines.map(({ raw }) => raw).join(""))}</pre></details>
</article>`;
}

/** The heading of a part of a report. */
function heading(text: string, rank: Rank): string {
  return `<h${rank} class="part">${escapeHtml(text)}</h${rank}>`;
}

function list(title: string, items: readonly string[], kind: "ol" | "ul", rank: Rank): string {
  if (items.length === 0) return "";
  return `${heading(title, rank)}\n<${kind}>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join("")}</${kind}>`;
}

function memory(report: ParsedReport, { legend }: Explanation, rank: Rank): string {
  const { memory: state } = report;
  const bad = markedAddress(report);
  const granule = BigInt(state!.granule);
  const meanings = new Map(legend.map(({ byte, meaning }) => [byte, meaning]));
  const rows = state!.rows.map((row) => {
    const cells = Array.from(row.bytes, (byte, i) => {
      const at = row.address + BigInt(i) * granule;
      const here = bad !== undefined && at <= bad && bad < at + granule;
      const text = byteHex(byte);
      return `<td${here ? ' class="bad"' : ""} title="${escapeHtml(`${spellAddress(at, report.addressBits)}: ${meanings.get(byte) ?? ""}`)}">${here ? `<strong>${text}<span class="hidden"> the bad byte</span></strong>` : text}</td>`;
    });
    return `<tr><th scope="row"><code>${formatAddress(row.address, report.addressBits)}</code></th>${cells.join("")}</tr>`;
  });
  const keys = legend.map(({ byte, name, meaning }) => ({
    term: `<code>${byteHex(byte)}</code>`,
    meaning: `${escapeHtml(meaning)}${name ? ` <span class="dim">${name}</span>` : ""}`,
  }));
  return `${heading("The shadow", rank)}
${scrollable(`Shadow bytes of the report in line ${report.line}`, `<table class="shadow"><caption>One byte for ${granule} bytes of memory</caption><tbody>${rows.join("\n")}</tbody></table>`)}
${terms(keys)}`;
}

/** The variables of the frame around the address, as a table. */
function variables({ stack, access, line }: ParsedReport, { variables: all }: Explanation, rank: Rank): string {
  if (all.length === 0 || stack?.frame === undefined) return "";
  const kind = accessWords(access!.kind);
  const rows = all.map(({ start, end, name, begins, past }) => {
    const note: Cell = begins ? { text: `${kind} begins here${pastWords(past)}`, tone: "bad" } : "";
    return [name, String(start), String(end), plural(end - start, "byte"), note];
  });
  const outside = all.some(({ begins }) => begins) ? "" : `<p>At ${stack.frame.offset}, ${kind} begins.</p>`;
  return `${heading(`The variables of ${functionName(stack.frame.function) ?? "the frame"}`, rank)}
<p class="dim">Bytes from the frame's start</p>
${dataTable(`Variables of the report in line ${line}`, [["Name", "From", "To", "Size", "The access"], ...rows])}${outside}`;
}

function stacks(report: ParsedReport): string {
  return stacksOf(report)
    .map(({ of, title, frames }) => stackHtml(title, frames, of !== "other"))
    .join("\n");
}

function checks(report: ParsedReport): string {
  const results = checkReport(report);
  const items = results.map(
    ({ ok, message, line }) =>
      `<li>${mark(ok ? "good" : "bad", ok ? "agrees" : "problem")} ${escapeHtml(message)}${line === undefined || ok ? "" : ` (line ${line})`}</li>`,
  );
  const bad = results.filter(({ ok }) => !ok).length;
  return `<details${bad > 0 ? " open" : ""}><summary>The report against itself: ${results.length - bad} of ${results.length} checks agree</summary><ul class="checks">${items.join("")}</ul></details>`;
}
