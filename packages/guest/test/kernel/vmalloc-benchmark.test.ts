import { describe, expect, it } from "vitest";
import { runFiles } from "../harness.ts";
import { kernelFile } from "./source.ts";

const TESTS = [
  "fix_size_alloc_test",
  "full_fit_alloc_test",
  "long_busy_list_alloc_test",
  "random_size_alloc_test",
  "fix_align_alloc_test",
  "random_size_align_alloc_test",
  "align_shift_alloc_test",
  "pcpu_alloc_test",
  "kvfree_rcu_1_arg_vmalloc_test",
  "kvfree_rcu_2_arg_vmalloc_test",
  "vm_map_ram_test",
];
/** This test requests alignments up to 2^63. */
const MEANT_TO_FAIL = "align_shift_alloc_test";

/** The tests, once for each worker, with whether they pass. */
const expected = (workers: number) =>
  Array.from({ length: workers }, () => TESTS.map((test) => [test, test !== MEANT_TO_FAIL])).flat();

describe("lib/test_vmalloc.c, unmodified", () => {
  const configurations = (["off", "early", "keep", "lazy", "mainline"] as const).flatMap((name) => [
    [name, 1] as const,
    [name, 2] as const,
  ]);
  it.each(configurations)(
    "all eleven tests: %s, CPUs: %d",
    async (name, cpus) => {
      const { lines, reports, stopped } = await runFiles([kernelFile("lib/test_vmalloc.c")], {
        instrument: name === "off" ? "off" : "outline",
        ...(name !== "off" && { vmallocShadow: name }),
        cpus,
        clock: "real",
        // Two CPUs running full_fit_alloc_test at the same time hold 256 MB.
        memoryBytes: 512 * 2 ** 20,
        timeout: 120,
        parameters: [
          ["nr_threads", String(cpus)],
          ["test_loop_count", "30"],
        ],
      });
      const summaries = lines.map((line) => /Summary: (\w+) passed: (\d+) failed: (\d+) /.exec(line));
      const results = summaries
        .filter((match) => match !== null)
        .map(([, test, passed, failed]) => [test, passed === "1" && failed === "0"]);
      expect(results).toEqual(expected(cpus));
      expect(reports).toEqual([]);
      expect(stopped).toBeUndefined();
    },
    180_000,
  );
});
