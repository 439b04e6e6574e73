/** Tables of what was measured in several runs. A cell is its numbers, one of each run. */

/** Numbers of one run belong together: those of two ways have seen the same speed of the machine. */
export const ratios = (numbers, rivals) => numbers.map((number, run) => number / rivals[run]);

/** The geometric mean of several cells, in each run. */
export const geometricMean = (cells) =>
  cells[0].map((_, run) => Math.exp(cells.reduce((sum, cell) => sum + Math.log(cell[run]), 0) / cells.length));

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Three digits tell a ratio, and a whole number milliseconds. */
const spell = (number, unit) => (unit === "x" ? number.toFixed(number < 10 ? 2 : 1) : number.toFixed(0));

/** A median and the range around it; without the median if it is a ratio that the range does not tell from 1. */
function cellText(numbers, unit) {
  if (numbers.length === 0) return "";
  const [least, most, middle] = [Math.min(...numbers), Math.max(...numbers), median(numbers)];
  const isKnown = unit !== "x" || most - least <= Math.abs(middle - 1);
  const range = numbers.length > 1 ? ` (${spell(least, unit)} … ${spell(most, unit)})` : "";
  return `${isKnown ? `${spell(middle, unit)}${unit}` : "?"}${range}`;
}

/** Prints a table. `columns`: their titles and units; `rows`: a label and a cell for each column. */
export function printTable(title, columns, rows) {
  const lines = [
    [title, ...columns.map((column) => column.title)],
    ...rows.map(([label, cells]) => [label, ...cells.map((numbers, i) => cellText(numbers, columns[i].unit))]),
  ];
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  console.log();
  for (const [label, ...cells] of lines)
    console.log([label.padEnd(widths[0]), ...cells.map((cell, i) => cell.padStart(widths[i + 1]))].join("  "));
}
