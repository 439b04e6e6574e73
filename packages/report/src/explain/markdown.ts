import { formatFrame } from "../frame.ts";
import { parseTraceLine } from "../parse/frame.ts";
import type { ParsedReport } from "../parse/parsed.ts";
import { peel } from "../parse/prefix.ts";
import { summaryOf } from "./explanation.ts";
import { type ExplainFormat, type WriteText, wholeText } from "./format.ts";
import { stacksOf } from "./stacks.ts";
import { explainText } from "./text.ts";

/**
 * Reports as Markdown, to paste into a bug report: what happened in words, the report without what its way added (prefixes, quotes, lines of
 * others), with source lines if the frames have them, and the whole explanation folded.
 */
export function explainMarkdown(reports: readonly ParsedReport[]): string {
  return wholeText(markdownFormat, reports);
}

/** {@link explainMarkdown} as a stream. */
export function markdownFormat(write: WriteText): ExplainFormat {
  let first = true;
  return {
    report: (report) => {
      write(`${first ? "" : "\n---\n\n"}${oneReport(report)}`);
      first = false;
    },
  };
}

function oneReport(report: ParsedReport): string {
  const parts = [
    `### ${escapeMarkdown(report.title)}`,
    escapeMarkdown(summaryOf(report).join(" ")),
    fenced(cleanLines(report)),
    `<details>\n<summary>What it means</summary>\n\n${fenced(explainText(report).trimEnd())}\n\n</details>`,
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The report's own lines. Sources that a symbolizer found stand behind the frames. */
function cleanLines(report: ParsedReport): string {
  const sources = sourcesOf(report);
  const lines = report.lines
    .filter(({ role, raw }) => role !== "foreign" && raw !== "")
    .flatMap(({ raw, role }) => {
      const texts = peel(raw).text.split("\n");
      return role === "frame" ? texts.map((text) => withSource(text, sources)) : texts;
    });
  return lines.map((line) => line.trimEnd()).join("\n");
}

function sourcesOf(report: ParsedReport): Map<string, string> {
  const sources = new Map<string, string>();
  for (const { frames } of stacksOf(report)) {
    for (const frame of frames) {
      if (frame.file === undefined) continue;
      sources.set(formatFrame(frame), frame.line === undefined ? frame.file : `${frame.file}:${frame.line}`);
    }
  }
  return sources;
}

function withSource(text: string, sources: ReadonlyMap<string, string>): string {
  const line = parseTraceLine(text);
  if (line?.kind !== "frame" || line.frame.file !== undefined) return text;
  const source = sources.get(formatFrame(line.frame));
  return source === undefined ? text : `${text.trimEnd()} (${source})`;
}

/** A block of code, whatever it contains. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

/** Text as it is: names have underscores, and logs may have anything. */
const escapeMarkdown = (text: string): string => text.replace(/[\\`*_{}[\]<>#|~]/g, "\\$&");
