import type { BuiltTree, ProgramResult } from "@kasan/guest";
import type { LogLine } from "@kasan/kernel";
import { explainHtml, explainMarkdown, toSarif } from "@kasan/report";
import ownPackage from "../../package.json" with { type: "json" };
import { toJsonText } from "./json.ts";
import { reportsOf } from "./reports-of.ts";

/** A run that has ended. */
export interface EndedRun {
  readonly result: ProgramResult;
  readonly tree: BuiltTree | undefined;
  readonly log: readonly LogLine[];
  readonly exitCode: number;
}

/** The forms of a run that are written when it has ended. Those for people explain its reports. */
export const FORMATS = {
  json: ({ result, tree, log, exitCode }) => toJsonText(result, tree, log, exitCode),
  html: ({ log }) => explainHtml(reportsOf(log)),
  markdown: ({ log }) => explainMarkdown(reportsOf(log)),
  sarif: ({ log }) => {
    const inputs = reportsOf(log).map((report) => ({ file: "the kernel log", report, base: "" as const }));
    return `${JSON.stringify(toSarif(inputs, ownPackage.version), undefined, 2)}\n`;
  },
} satisfies Record<string, (run: EndedRun) => string>;
