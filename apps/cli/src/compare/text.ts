import { painterFor } from "../colours.ts";
import type { Streams } from "../output.ts";
import { type TitledTable, table } from "../table.ts";

/** Tables with their headings; verdicts have colours where they are shown. `output`: the file that they go to, if any. */
export function textOf(sections: readonly TitledTable[], streams: Streams, output: string | undefined): string {
  const paint = painterFor(streams, output);
  const parts = sections.map(
    ({ title, rows }) => `${title === "" ? "" : `${paint.bold(title)}\n`}${table(rows, paint)}`,
  );
  return parts.join("\n");
}
