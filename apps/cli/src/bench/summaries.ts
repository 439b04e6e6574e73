/** The summary that the kernel's lib/test_vmalloc.c prints for one of its tests: averages over its workers. */
export interface TestSummary {
  readonly test: string;
  /** Microseconds that all loops of a worker took. */
  readonly usec: number;
  /** Runs of the test that failed, of all workers. */
  readonly failed: number;
}

const SUMMARY = /Summary: (\w+) passed: (\d+) failed: (\d+) repeat: \d+ loops: \d+ avg: (\d+) usec/;

/** Reads the module's log: a line for each test of each worker. Tests in the order of the log. */
export function parseSummaries(lines: Iterable<string>): TestSummary[] {
  const tests = new Map<string, { workers: number; usec: number; failed: number }>();
  for (const line of lines) {
    const match = SUMMARY.exec(line);
    if (!match) continue;
    const sum = tests.get(match[1]) ?? { workers: 0, usec: 0, failed: 0 };
    sum.workers++;
    sum.usec += Number(match[4]);
    sum.failed += Number(match[3]);
    tests.set(match[1], sum);
  }
  return [...tests].map(([test, { workers, usec, failed }]) => ({ test, usec: usec / workers, failed }));
}

/** The tests of Linux 6.12, each with its bit of the parameter run_test_mask. */
export const TESTS: Readonly<Record<string, number>> = {
  fix_size_alloc_test: 1,
  full_fit_alloc_test: 2,
  long_busy_list_alloc_test: 4,
  random_size_alloc_test: 8,
  fix_align_alloc_test: 16,
  random_size_align_alloc_test: 32,
  align_shift_alloc_test: 64,
  pcpu_alloc_test: 128,
  kvfree_rcu_1_arg_vmalloc_test: 256,
  kvfree_rcu_2_arg_vmalloc_test: 512,
  vm_map_ram_test: 1024,
};

/** A test that asks for more than there can be, and fails by its design. */
export const MEANT_TO_FAIL = "align_shift_alloc_test";
