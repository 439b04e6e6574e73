import { expect } from "vitest";
import { type Ran, type RunSettings, runFiles } from "../harness.ts";
import { kernelFile } from "./source.ts";

/** The KUnit suite of KASAN's own maintainers, unmodified. */
const SUITE = kernelFile("mm/kasan/kasan_test_c.c");
const runs = new Map<string, Promise<Ran>>();

/** Runs the suite on a machine, once for all tests of a file that have the same settings: runs do not differ. */
export function runSuite(settings: RunSettings = {}): Promise<Ran> {
  const key = JSON.stringify(settings);
  const run = runs.get(key) ?? runFiles([SUITE], settings);
  runs.set(key, run);
  return run;
}

/** The number of cases with a status. */
const count = ({ tests }: Ran, status: string): number =>
  tests.flatMap(({ cases }) => cases).filter((one) => one.status === status).length;

/** Expects the suite to have run to its end, with these numbers of cases that pass, are skipped, and fail. */
export function expectCounts(run: Ran, counts: readonly [ok: number, skip: number, failed: number]): void {
  expect([count(run, "ok"), count(run, "skip"), count(run, "not ok")], run.lines.join("\n")).toEqual(counts);
  expect(run.stopped).toBeUndefined();
}
