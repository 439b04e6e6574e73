import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parsedReportSchema } from "./explain/json.ts";
import { reportSchema } from "./json.ts";
import type { JsonSchema } from "./json-schema.ts";

/** JSON as the formatter of this repository leaves it: lists of words on one line, if they fit. */
function format(value: unknown): string {
  const text = JSON.stringify(value, null, 2).replace(
    /^( *)(.*)\[\n([^[\]{}]*?)\n *\]/gm,
    (whole, indent, key, items) => {
      const line = `${indent}${key}[${items.trim().replace(/,\n */g, ", ")}]`;
      return line.length < 120 ? line : whole;
    },
  );
  return `${text}\n`;
}

// `npx vitest run packages/report/src/schema.test.ts -u` writes the files after a section changed.
test.each([
  ["run", reportSchema()],
  ["explain", parsedReportSchema()],
])("%s.schema.json describes reports as their sections do", async (name, report: JsonSchema) => {
  const file = new URL(`../../../apps/cli/schema/${name}.schema.json`, import.meta.url);
  const schema = JSON.parse(readFileSync(file, "utf8"));
  await expect(format({ ...schema, $defs: { ...schema.$defs, report } })).toMatchFileSnapshot(file.pathname);
});
