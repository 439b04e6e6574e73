import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PARSERS } from "./parsers.js";

test("each file in parsers/ is a module for a parser, or has a function for some", () => {
  const named = Object.values(PARSERS).flatMap(({ harness, replace = {} }) => [harness, ...Object.values(replace)]);
  const files = readdirSync(join(import.meta.dirname, "parsers")).filter((name) => name.endsWith(".c"));
  expect([...new Set(named.filter((name) => name !== undefined))].sort()).toEqual(files.sort());
});

test("a parser that is left out has a reason and no module", () => {
  const left = Object.entries(PARSERS).filter(([, { skip }]) => skip !== undefined);
  expect(left.filter(([, { harness }]) => harness !== undefined)).toEqual([]);
});
