import type { KasanReport } from "@kasan/report";
import { describe, expect, test } from "vitest";
import { verdict } from "./verdict.ts";

const report = (bugType: string) => ({ bugType }) as KasanReport;

describe("a verdict", () => {
  const judge = (bug: string | undefined, found: string[], stopped?: "oops") =>
    verdict({ bug, vmapStack: false }, { reports: found.map(report), stopped });

  test.each([
    ["a bug that is reported", "a-bug", ["a-bug"], undefined, "detected"],
    ["and after which the machine crashes", "a-bug", ["a-bug"], "oops", "detected"],
    ["reported twice", "a-bug", ["a-bug", "a-bug"], undefined, "detected"],
    ["a crash alone", "a-bug", [], "oops", "crashed"],
    ["nothing", "a-bug", [], undefined, "missed"],
    ["another bug", "a-bug", ["another"], undefined, "false report"],
    ["another one beside it", "a-bug", ["a-bug", "another"], undefined, "false report"],
    ["a report where nothing is wrong", undefined, ["a-bug"], undefined, "false report"],
    ["a crash where nothing is wrong", undefined, [], "oops", "crashed"],
    ["nothing where nothing is wrong", undefined, [], undefined, "clean"],
  ] as const)("of %s", (_, bug, found, stopped, expected) => {
    expect(judge(bug, [...found], stopped)).toBe(expected);
  });
});
