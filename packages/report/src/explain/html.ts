import { escapeHtml, PAGE_END, pageStart } from "@kasan/html";
import { type AddressBits, formatAddress, spellAddress } from "@kasan/shadow";
import { checkReport } from "../checks/index.ts";
import { formatFrame, type StackFrame } from "../frame.ts";
import { byteHex } from "../json-parts.ts";
import type { ParsedReport } from "../parse/parsed.ts";
import { kernelOf } from "../sections/machine.ts";
import { isSkippedFrame } from "../title/title.ts";
import { fingerprintOf, signatureOf } from "../triage/signature.ts";
import { functionName, plural } from "../words.ts";
import { type Explanation, explainReport } from "./explanation.ts";
import { type ExplainFormat, type WriteText, wholeText } from "./format.ts";
import type { Picture } from "./picture.ts";
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
    write(`<li><a href="#report-${number}">${escapeHtml(report.title)}</a></li>`);
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
        write(`${pageStart(title ?? GENERAL_TITLE, REPORT_STYLE)}<nav aria-label="Reports"><ol>`);
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
${explanation.picture ? picture(explanation.picture, report.addressBits) : ""}
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

/** The memory as a bar of stretches, each as wide as it has bytes, and the access below it. */
function picture({ start, end, segments, access }: Picture, bits: AddressBits | undefined): string {
  const [first, last] = [spellAddress(start, bits), spellAddress(end, bits)];
  const span = Number(end - start);
  const percent = (bytes: bigint) => ((Number(bytes) * 100) / span).toFixed(3);
  const words = segments.map((part) => `${part.label}, ${part.end - part.start} bytes`).join("; ");
  const offset = access.start - start;
  const bars = segments
    .map(({ start: from, end: to, kind, label }) => {
      const text = `${label}: ${spellAddress(from, bits)} to ${spellAddress(to, bits)}`;
      return `<span class="bar ${kind}" style="width:${percent(to - from)}%" title="${escapeHtml(text)}"></span>`;
    })
    .join("");
  return `<figure>
<div class="picture" role="img" aria-label="${escapeHtml(`Memory from ${first} to ${last}, to scale: ${words}. The access begins ${offset} bytes from the left end and has ${access.end - access.start} bytes.`)}">
<div class="bars">${bars}</div>
<div class="access"><span style="margin-left:${percent(offset)}%;width:max(2px,${percent(access.end - access.start)}%)"></span></div>
</div>
<figcaption><code>${first}</code> to <code>${last}</code>, to scale. ${[...new Map(segments.map((part) => [part.kind + part.label, part])).values()].map(({ kind, label }) => `<span class="key"><span class="bar ${kind}"></span> ${escapeHtml(label)}</span>`).join(" ")} <span class="key"><span class="bar accessed"></span> the access</span></figcaption>
</figure>`;
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
  const keys = legend.map(
    ({ byte, name, meaning }) =>
      `<dt><code>${byteHex(byte)}</code></dt><dd>${escapeHtml(meaning)}${name ? ` <span class="dim">${name}</span>` : ""}</dd>`,
  );
  return `${heading("The shadow", rank)}
<div class="scroll" tabindex="0" role="group" aria-label="Shadow bytes"><table class="shadow"><caption>One byte for ${granule} bytes of memory</caption><tbody>${rows.join("\n")}</tbody></table></div>
<dl class="legend">${keys.join("")}</dl>`;
}

/** The variables of the frame around the address, as a table. */
function variables({ stack, access }: ParsedReport, { variables: all }: Explanation, rank: Rank): string {
  if (all.length === 0 || stack?.frame === undefined) return "";
  const kind = accessWords(access!.kind);
  const rows = all.map(({ start, end, name, begins, past }) => {
    const note = begins ? `<strong>${kind} begins here${pastWords(past)}</strong>` : "";
    return `<tr><th scope="row"><code>${escapeHtml(name)}</code></th><td>${start}</td><td>${end}</td><td>${plural(end - start, "byte")}</td><td>${note}</td></tr>`;
  });
  const outside = all.some(({ begins }) => begins) ? "" : `<p>At ${stack.frame.offset}, ${kind} begins.</p>`;
  return `${heading(`The variables of ${functionName(stack.frame.function) ?? "the frame"}`, rank)}
<div class="scroll" tabindex="0" role="region" aria-label="Variables"><table><caption>Bytes from the frame's start</caption><thead><tr><th scope="col">Name</th><th scope="col">From</th><th scope="col">To</th><th scope="col">Size</th><th scope="col">The access</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>${outside}`;
}

function stacks(report: ParsedReport): string {
  return stacksOf(report)
    .map(({ of, title, frames }) => stack(title, frames, of !== "other"))
    .join("\n");
}

function stack(title: string, frames: readonly StackFrame[], open: boolean): string {
  if (frames.length === 0) return "";
  const items = frames.map((frame) => {
    const name = frame.offset === undefined && frame.symbol !== undefined ? frame.symbol : formatFrame(frame);
    const source =
      frame.file === undefined
        ? ""
        : ` <span class="dim">${escapeHtml(frame.file)}${frame.line === undefined ? "" : `:${frame.line}`}</span>`;
    const quiet = !frame.reliable || (frame.symbol !== undefined && isSkippedFrame(frame.symbol));
    return `<li${quiet ? ' class="dim"' : ""}><code>${frame.reliable ? "" : "? "}${escapeHtml(name)}</code>${source}</li>`;
  });
  return `<details${open ? " open" : ""}><summary>${title}</summary><ol class="stack">${items.join("")}</ol></details>`;
}

function checks(report: ParsedReport): string {
  const results = checkReport(report);
  const items = results.map(
    ({ ok, message, line }) =>
      `<li class="${ok ? "ok" : "problem"}"><span>${ok ? "agrees" : "problem"}</span> ${escapeHtml(message)}${line === undefined || ok ? "" : ` (line ${line})`}</li>`,
  );
  const bad = results.filter(({ ok }) => !ok).length;
  return `<details${bad > 0 ? " open" : ""}><summary>The report against itself: ${results.length - bad} of ${results.length} checks agree</summary><ul class="checks">${items.join("")}</ul></details>`;
}
