import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { formatReport } from "../src/index.ts";
import { REPORTS, styleOf } from "./models.ts";

const DATA = new URL("../testdata/", import.meta.url);

describe("real reports of Linux 6.12, from their models", () => {
  test("every file has a model", () => {
    expect(readdirSync(DATA).sort()).toEqual(
      Object.keys(REPORTS)
        .map((name) => `${name}.txt`)
        .sort(),
    );
  });

  test.each(Object.entries(REPORTS))("%s", (name, report) => {
    const log = readFileSync(new URL(`${name}.txt`, DATA), "utf8");
    expect(formatReport(report, styleOf(name)).split("\n")).toEqual(log.split("\n"));
  });
});
