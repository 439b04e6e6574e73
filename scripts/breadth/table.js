/** Results as text, and as data for other programs. */
import { VERDICTS } from "./judge.js";

/** @typedef {import("./run.js").Result} Result */

/** The line for a set that is done. @param {Result} result */
export function resultLine({ verdict, name, seconds, reason }) {
  return `${verdict.padEnd(9)}  ${`${seconds.toFixed(1)}s`.padStart(7)}  ${name}${reason ? `  ${shortened(reason, 150)}` : ""}`;
}

const shortened = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** How many sets of each kind have each verdict. @param {readonly Result[]} results */
function totals(results) {
  const kinds = [...new Set(results.map(({ kind }) => kind))];
  return Object.fromEntries(
    kinds.map((kind) => {
      const ofKind = results.filter((one) => one.kind === kind);
      const counts = VERDICTS.map((verdict) => [verdict, ofKind.filter((one) => one.verdict === verdict).length]);
      return [kind, Object.fromEntries([...counts.filter(([, count]) => count > 0), ["all", ofKind.length]])];
    }),
  );
}

/**
 * Reasons that sets have in common, the most frequent first.
 *
 * @param {readonly Result[]} results
 * @param {(result: Result) => readonly string[]} reasonsOf
 */
function ranked(results, reasonsOf) {
  /** @type {Map<string, string[]>} */
  const by = new Map();
  for (const result of results) {
    for (const reason of new Set(reasonsOf(result))) by.set(reason, [...(by.get(reason) ?? []), result.name]);
  }
  return [...by]
    .map(([reason, sets]) => ({ reason, sets }))
    .sort((a, b) => b.sets.length - a.sets.length || (a.reason < b.reason ? -1 : 1));
}

/** Symbols that nothing provides, by the number of sets that they stop. @param {readonly Result[]} results */
const missingSymbols = (results) => ranked(results, ({ missing = [] }) => missing);

/** First errors of what does not compile, by the number of sets. @param {readonly Result[]} results */
const compileErrors = (results) => ranked(results, ({ error }) => (error ? [withoutHint(error)] : []));

const withoutHint = (error) => error.replace(/; (?:did you mean|ISO C99).*/, "");

/** All of it as data. @param {readonly Result[]} results */
export const asData = (results) => ({
  totals: totals(results),
  missing: missingSymbols(results).map(({ reason, sets }) => ({ symbol: reason, sets })),
  errors: compileErrors(results).map(({ reason, sets }) => ({ error: reason, sets })),
  sets: results,
});

/** All of it as text. @param {readonly Result[]} results */
export const asText = (results) =>
  totalsText(totals(results)) +
  rankedText("Nothing provides, and sets that it stops:", missingSymbols(results)) +
  rankedText("First errors of what does not compile:", compileErrors(results));

function totalsText(byKind) {
  const kinds = Object.keys(byKind);
  const rows = [...VERDICTS, "all"].filter((verdict) => kinds.some((kind) => byKind[kind][verdict]));
  const line = (name, cells) => `${name.padEnd(9)}${cells.map((cell) => String(cell).padStart(9)).join("")}\n`;
  return `\n${line("", kinds)}${rows
    .map((row) =>
      line(
        row,
        kinds.map((kind) => byKind[kind][row] ?? 0),
      ),
    )
    .join("")}`;
}

function rankedText(title, list) {
  if (list.length === 0) return "";
  const lines = list.slice(0, 60).map(({ reason, sets }) => {
    const names = sets.length > 3 ? `${sets.slice(0, 3).join(" ")} …` : sets.join(" ");
    return `${String(sets.length).padStart(4)}  ${shortened(reason, 100)}  (${names})\n`;
  });
  return `\n${title}\n${lines.join("")}`;
}
