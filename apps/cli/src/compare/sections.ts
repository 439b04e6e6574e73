import type { Section } from "@kasan/html";
import { pictureSection, tableSection } from "../chart/page.ts";
import type { TitledTable } from "../table.ts";
import { verdictKey } from "./verdict.ts";

/**
 * The parts of a page that compares schemes: verdicts and costs, then the charts, then each program alone.
 *
 * @param tables - what the text shows too. One without a title is that of the only program.
 */
export function comparisonSections(
  tables: readonly TitledTable[],
  programs: readonly TitledTable[],
  charts: string,
  svg: string,
): Section[] {
  const titled = tables.filter(({ title }) => title !== "");
  const chart = pictureSection(charts, svg);
  if (titled.length === 0) return [...withKey(programs), chart];
  return [...withKey(titled), chart, ...programs.map(tableSection)];
}

/** Tables as parts, the first of which has verdicts: it says what they mean. */
export function withKey(tables: readonly TitledTable[]): Section[] {
  return tables
    .map(tableSection)
    .map((part, i) => (i > 0 || !isJudged(tables[i]!) ? part : { ...part, body: `${part.body}\n${verdictKey()}` }));
}

const isJudged = ({ rows }: TitledTable) => rows.some((row) => row.some((cell) => typeof cell !== "string"));
