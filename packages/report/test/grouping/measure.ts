import { groupWith } from "../../src/triage/group.ts";
import { LIMITS, type RuleLimits, rulesWith } from "../../src/triage/rules.ts";
import { confusions, countCauses, MERGE_CAUSES, SPLIT_CAUSES } from "./causes.ts";
import type { KnownReport } from "./corpus.ts";
import { foldsOf } from "./folds.ts";
import { type Agreement, agreement, groupBy } from "./pairwise.ts";

/** A way to group. */
type Grouper = (reports: readonly KnownReport[]) => KnownReport[][];

/** Means over all folds of all cuts into so many. */
interface FoldScore extends Agreement {
  /** The number of folds. */
  readonly count: number;
  /** The standard deviation of F1. */
  readonly spread: number;
  /** F1 of each fold. */
  readonly each: readonly number[];
}

/** How well a way to group does on folds that it does not know. */
export interface Score {
  readonly name: string;
  /** By the number of folds. */
  readonly folds: readonly FoldScore[];
  /** On all reports at once. */
  readonly all: Agreement;
}

/** Numbers of folds, and how many times reports are cut into so many. */
const CUTS = [
  { count: 2, times: 20 },
  { count: 5, times: 8 },
];

/** The limits among which a choice is made. */
const CHOICES: readonly RuleLimits[] = [0.8, 0.9, 0.95, 1].flatMap((sameStack) =>
  [0, 1, 2, 4].map((nearVersions) => ({ sameStack, nearVersions })),
);

const byRules =
  (limits: RuleLimits): Grouper =>
  (reports) =>
    groupWith(rulesWith(limits), reports).groups.map((group) => group.map(({ report }) => report));
const byTitle: Grouper = (reports) => groupBy(reports, ({ title }) => title);
const byFingerprint: Grouper = (reports) => groupBy(reports, ({ fingerprint }) => fingerprint);

/** Scores the rules, the rules with limits chosen on the other folds, and what is simpler than rules. */
export function scoresOf(reports: readonly KnownReport[]): Score[] {
  const own = byRules(LIMITS);
  return [
    score("rules", reports, () => own),
    score("rules, numbers chosen on the other folds", reports, (others) => byRules(chooseLimits(others))),
    score("title alone", reports, () => byTitle),
    score("fingerprint alone", reports, () => byFingerprint),
  ];
}

/** The limits that do best on some reports. */
function chooseLimits(reports: readonly KnownReport[]): RuleLimits {
  const scored = CHOICES.map((limits) => ({ limits, f1: agreement(byRules(limits)(reports)).f1 }));
  return scored.reduce((best, one) => (one.f1 > best.f1 ? one : best)).limits;
}

function score(
  name: string,
  reports: readonly KnownReport[],
  learn: (others: readonly KnownReport[]) => Grouper,
): Score {
  const folds = CUTS.map(({ count, times }) => {
    const cuts = Array.from({ length: times }, (_, seed) => foldsOf(reports, count, seed + 1));
    const results = cuts.flatMap((folds) =>
      folds.map((fold) => agreement(learn(folds.filter((other) => other !== fold).flat())(fold))),
    );
    const mean = (part: keyof Agreement) => results.reduce((sum, one) => sum + one[part], 0) / results.length;
    const f1 = mean("f1");
    const spread = Math.sqrt(results.reduce((sum, one) => sum + (one.f1 - f1) ** 2, 0) / results.length);
    return {
      count,
      precision: mean("precision"),
      recall: mean("recall"),
      f1,
      spread,
      each: results.map((one) => one.f1),
    };
  });
  return { name, folds, all: agreement(learn(reports)(reports)) };
}

/** The tables of docs/grouping.md. */
export function tablesOf(reports: readonly KnownReport[], scores: readonly Score[]): string {
  const groups = byRules(LIMITS)(reports);
  const { merged, split } = confusions(groups);
  const bugs = new Set(reports.map(({ bug }) => bug)).size;
  const cuts = CUTS.map(({ count, times }) => `${count} folds (${times} cuts)`);
  return [
    `${reports.length} reports of ${bugs} bugs. Precision, recall and F1 of pairs; ± is the standard deviation over folds.`,
    "",
    ...table(
      ["grouped by", ...cuts, "all at once"],
      scores.map(({ name, folds, all }) => [
        name,
        ...folds.map((one) => `${shown(one)} ± ${one.spread.toFixed(3)}`),
        shown(all),
      ]),
    ),
    "",
    belowTitle(scores),
    "",
    `${merged.length} pairs of all are together, and the tracker has two bugs for them:`,
    "",
    ...causeTable(countCauses(merged, MERGE_CAUSES)),
    "",
    `${split.length} pairs are apart, and the tracker has one bug for them:`,
    "",
    ...causeTable(countCauses(split, SPLIT_CAUSES)),
  ].join("\n");
}

/** How often rules do worse than titles. */
function belowTitle(scores: readonly Score[]): string {
  const [rules, , title] = scores;
  const counts = rules!.folds.map(({ count, each }, at) => {
    const below = each.filter((f1, fold) => f1 < title!.folds[at]!.each[fold]!);
    return `${below.length} of ${each.length} folds where there are ${count}`;
  });
  return `The title alone does better than rules in ${counts.join(", and in ")}.`;
}

const shown = ({ precision, recall, f1 }: Agreement) =>
  `${precision.toFixed(3)} / ${recall.toFixed(3)} / **${f1.toFixed(3)}**`;

function causeTable(causes: readonly { name: string; count: number }[]): string[] {
  return table(
    ["pairs", "cause"],
    causes.map(({ name, count }) => [String(count), name]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
}
