import type { Coverage } from "@kasan/guest";

/**
 * Coverage as an lcov tracefile (geninfo(1)), which genhtml, editors and CI services read. Only lines at which edges begin are in it.
 *
 * @param test - a name for what ran: letters, digits and `_` count
 */
export function lcov({ files }: Coverage, test: string): string {
  const records = files.map(({ file, lines }) => {
    const data = lines.map(({ line, count }) => `DA:${line},${count}\n`).join("");
    const hit = lines.filter(({ count }) => count > 0).length;
    return `TN:${test.replace(/\W/g, "_")}\nSF:${file}\n${data}LF:${lines.length}\nLH:${hit}\nend_of_record\n`;
  });
  return records.join("");
}
