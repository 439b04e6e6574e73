import type { BuiltTree } from "@kasan/guest";
import { plural } from "../plural.ts";
import { table } from "../table.ts";

/** The warning for options of a configuration that do not apply; most belong to a processor. */
export function ignoredText(path: string, names: readonly string[]): string {
  const some = names.slice(0, 3).map((name) => `CONFIG_${name}`);
  const rest = names.length > some.length ? ", …" : "";
  return `kasan: ${path}: ${plural(names.length, "option")} of a processor or its tools left out, as ${some.join(", ")}${rest}\n`;
}

/** What was compiled in from a kernel's source, and what nothing provides. */
export function treeText({ files, missing, unusable }: BuiltTree): string {
  const pulled = files.map(({ path, symbol, neededBy }) => [path, `for ${symbol}, which ${neededBy} needs`]);
  const lacking = missing.map(({ name, neededBy, files: [file], why }) => [
    name,
    `needed by ${neededBy}${file === undefined ? "" : `; defined in ${file}`}`,
    why,
  ]);
  const section = (title: string, rows: string[][]) => (rows.length === 0 ? "" : `${title}\n${table(rows)}\n`);
  return (
    section(
      "Does not fit this kernel:",
      unusable.map((text) => [text]),
    ) +
    section("Compiled in:", pulled) +
    section("Provided by nothing:", lacking)
  );
}
