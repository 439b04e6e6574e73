import { PLAIN } from "@kasan/report";
import { painterFor } from "../colours.ts";
import type { Streams } from "../output.ts";
import { table } from "../table.ts";
import type { Section } from "./tables.ts";

/** Tables with their headings; verdicts have colours where they are shown. `output`: the file that they go to, if any. */
export function textOf(sections: readonly Section[], streams: Streams, output: string | undefined): string {
  const paint = painterFor(streams, output);
  const parts = sections.map(({ title, rows }) => `${title === "" ? "" : `${paint.bold(title)}\n`}${table(rows)}`);
  const text = parts.join("\n");
  if (paint === PLAIN) return text;
  return text
    .replace(/ detected\*?(?= |\n)/g, (word) => paint.green(word))
    .replace(/ (missed|crashed|false report)(?= {2}|\n)/g, (word) => paint.red(word));
}
