import { describe, expect, it } from "vitest";
import { type Ran, type RunSettings, runFiles } from "../harness.ts";
import { kernelFile } from "./source.ts";

const runSuite = (settings: RunSettings = {}): Promise<Ran> =>
  runFiles([kernelFile("mm/kasan/kasan_test_c.c")], { mode: "hw-tags", arm64: { kasan: "hw-tags" }, ...settings });
const cases = ({ tests }: Ran, status: string): string[] =>
  tests.flatMap((suite) => suite.cases).flatMap((one) => (one.status === status ? one.name : []));

describe("the kernel's KASAN suite passes with hardware tags", () => {
  it("sync", async () => {
    const run = await runSuite();
    expect(cases(run, "not ok"), run.lines.join("\n")).toEqual([]);
    expect([cases(run, "ok").length, cases(run, "skip").length]).toEqual([59, 13]);
  });
});
