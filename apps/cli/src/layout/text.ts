import type { Painter } from "@kasan/report";
import { table } from "../table.ts";
import { heading, type Planned } from "./described.ts";
import { planTables } from "./tables.ts";

/** A plan as text. */
export function planText(planned: Planned, paint: Painter): string {
  const parts = planTables(planned).map(({ title, rows, note }) => {
    const [head, ...lines] = table(rows).split("\n");
    const warning = note === undefined ? "" : `${paint.red(note)}\n`;
    return `${paint.bold(title)}\n${paint.dim(head)}\n${lines.join("\n")}${warning}`;
  });
  return [`${heading(planned)}\n`, ...parts].join("\n");
}
