import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expectCounts, runSuite } from "./kasan-suite-runs.ts";
import { type LoggedCase, type LoggedReport, readSuiteLog } from "./suite-log.ts";

const SETTINGS = { mode: "sw_tags", arm64: { kasan: "sw_tags" } } as const;

describe("the kernel's KASAN suite passes with software tags", () => {
  it("as on a real kernel", async () => {
    const run = await runSuite(SETTINGS);
    expectCounts(run, [64, 8, 0]);
    const owned = run.tests[0].cases.flatMap(({ reports }) => reports);
    expect([...owned].sort((a, b) => a - b)).toEqual(run.reports.map((_, i) => i));
  });
});

const report = (bug: string, where: string, history = "allocated"): LoggedReport => ({ bug, where, history });
const bits = (kind: string) =>
  report(`slab-out-of-bounds ${kind} of size 8`, "kmalloc-64 of size 64 8 bytes to the right of 48-byte region");
const freed = (offset: number) =>
  report(
    "slab-use-after-free Read of size 1",
    `kmalloc-32 of size 32 ${offset} bytes inside of 32-byte region`,
    "allocated freed",
  );
/** Reports of a string function that reads up to the zero byte in the free-list link. */
const toLinkEnd = [16, 17, 18, 19].map(freed);

/**
 * Expected differences between our reports and those of the kernel in the oracle, with reasons, derived from that kernel's reports.
 */
const DIFFERENT: Record<string, (real: readonly LoggedReport[]) => LoggedReport[]> = {
  // The size of struct kmem_cache depends on the configuration.
  kmem_cache_double_destroy: (real) => real.map((one) => ({ ...one, where: one.where.replaceAll("192", "200") })),
  // That kernel merges the test's cache with kmalloc-128; caches here are never merged.
  mempool_slab_oob_right: () => [
    report("invalid-access Read of size 1", "test_cache of size 123 0 bytes inside of 123-byte region", ""),
  ],
  mempool_slab_uaf: () => [
    report(
      "slab-use-after-free Read of size 1",
      "test_cache of size 123 0 bytes inside of 123-byte region",
      "allocated freed",
    ),
  ],
  // The freed object's link points to another object; in that kernel it is the last of its slab, and the first byte read is zero.
  kasan_strings: () => [...toLinkEnd, ...toLinkEnd, freed(16), freed(16), freed(16), ...toLinkEnd.slice(1), freed(16)],
  // Bit operations here are x86's: assembly behind one check. arm64's are C, whose accesses the compiler checks too.
  kasan_bitops_tags: () => [...Array.from({ length: 15 }, () => bits("Write")), bits("Read"), bits("Read")],
  // dec_if_positive is assembly on arm64; here, as on x86, it first reads in C.
  kasan_atomics: (real) => [
    ...real,
    report("slab-out-of-bounds Read of size 8", "kmalloc-64 of size 64 0 bytes to the right of 48-byte region"),
  ],
};

const log = new URL("../../../../../shared/oracle/arm64-48bit-4k-swtags/console.log", import.meta.url);
it.skipIf(!existsSync(log))("reports what a real kernel reports", async () => {
  const real = readSuiteLog(readFileSync(log, "utf8").split("\n"));
  const ours = readSuiteLog((await runSuite(SETTINGS)).lines);
  expect([...ours.keys()]).toEqual([...real.keys()]);
  const reports = (cases: Map<string, LoggedCase>) =>
    Object.fromEntries([...cases].map(([name, { reports }]) => [name, reports]));
  const expected = reports(real);
  for (const [name, differ] of Object.entries(DIFFERENT)) {
    const different = differ(expected[name]);
    expect(different, `${name} differs no more`).not.toEqual(expected[name]);
    expected[name] = different;
  }
  expect(reports(ours)).toEqual(expected);
});
