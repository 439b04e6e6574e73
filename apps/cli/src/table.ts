/** Rows as a table: columns as wide as they must be, numbers to the right. The first row is the head. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const isNumber = (text: string) => /^[\d.,+-]+( \w+)?$/.test(text);
  return rows
    .map((row) => row.map((cell, i) => (isNumber(cell) ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))))
    .map((cells) => `${cells.join("  ").trimEnd()}\n`)
    .join("");
}
