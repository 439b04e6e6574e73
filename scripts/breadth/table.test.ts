import { expect, it } from "vitest";
import { asData, asText } from "./table.js";

type Result = Parameters<typeof asText>[0][number];

const result = (name: string, verdict: Result["verdict"], more: Partial<Result> = {}): Result => ({
  kind: "suites",
  name,
  verdict,
  reason: "",
  seconds: 1,
  ...more,
});

const RESULTS = [
  result("a.c", "pass"),
  result("b.c", "missing", { missing: ["one"] }),
  result("c.c", "missing", { missing: ["two", "one"] }),
  result("d.c", "nocompile", { error: "no x; did you mean y?" }),
  result("e.c", "nocompile", { error: "no x; did you mean z?", kind: "lib" }),
];

it("counts, and ranks what is missing and what does not compile", () => {
  expect(asData(RESULTS)).toMatchObject({
    totals: { suites: { pass: 1, missing: 2, nocompile: 1, all: 4 }, lib: { nocompile: 1, all: 1 } },
    missing: [
      { symbol: "one", sets: ["b.c", "c.c"] },
      { symbol: "two", sets: ["c.c"] },
    ],
    errors: [{ error: "no x", sets: ["d.c", "e.c"] }],
  });
});

it("prints a table, and the same lists", () => {
  const lines = asText(RESULTS).split("\n");
  expect(lines).toContain("            suites      lib");
  expect(lines).toContain("pass             1        0");
  expect(lines).toContain("all              4        1");
  expect(lines).toContain("   2  one  (b.c c.c)");
  expect(lines).toContain("   2  no x  (d.c e.c)");
});
