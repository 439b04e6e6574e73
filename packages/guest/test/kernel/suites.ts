import { expect } from "vitest";
import { type Ran, type RunSettings, runFiles, withFiles } from "../harness.ts";
import { kernelFile } from "./source.ts";

/** A test suite of the kernel, unmodified, and its expected results. */
export interface Suite {
  /** Files of the kernel source, as passed to `kasan run`. */
  files: string[];
  /** Number of KUnit test cases that pass, and that are skipped; none may fail. */
  passed?: number;
  skipped?: number;
  /** Log line with the result of a module that runs its tests when it is loaded. */
  says?: RegExp;
  /** Return value of its init function, if not 0: many such modules do not want to stay loaded. */
  returns?: number;
  /** Number of KASAN reports not provoked by a KUnit test. */
  reports?: number;
  /** Number of `WARN()`s it provokes. */
  warnings?: number;
}

const EAGAIN = -11;
export const EINVAL = -22;

/** Suites by a name for people, for our headers. */
export const SUITES: Record<string, Suite> = {
  "lists and klists": { files: ["lib/list-test.c"], passed: 65 },
  "hash tables": { files: ["lib/hashtable_test.c"], passed: 9 },
  sort: { files: ["lib/sort.c", "lib/test_sort.c"], passed: 1 },
  "list sort": { files: ["lib/list_sort.c", "lib/test_list_sort.c"], passed: 1 },
  "list sort, ours": { files: ["lib/test_list_sort.c"], passed: 1 },
  "red-black trees": {
    files: ["lib/rbtree.c", "lib/rbtree_test.c"],
    returns: EAGAIN,
    says: /augmented rbtree testing/,
  },
  "red-black trees, ours": { files: ["lib/rbtree_test.c"], returns: EAGAIN, says: /augmented rbtree testing/ },
  "interval trees": { files: ["lib/interval_tree.c", "lib/interval_tree_test.c"], returns: EAGAIN, says: /search/ },
  strings: { files: ["lib/string_kunit.c"], passed: 20 },
  memcpy: { files: ["lib/memcpy_kunit.c"], passed: 6 },
  siphash: { files: ["lib/siphash.c", "lib/siphash_kunit.c"], passed: 1 },
  "command lines": { files: ["lib/cmdline.c", "lib/cmdline_kunit.c"], passed: 4 },
  "command lines, ours": { files: ["lib/cmdline_kunit.c"], passed: 4 },
  hexdump: { files: ["lib/hexdump.c", "lib/test_hexdump.c"], says: /all 1184 tests passed/ },
  "hexdump, ours": { files: ["lib/test_hexdump.c"], says: /all 1184 tests passed/ },
  "copies to and from user memory": { files: ["mm/kasan/kasan_test_module.c"], returns: EAGAIN, reports: 7 },
  "KUnit's examples": { files: ["lib/kunit/kunit-example-test.c"], passed: 8, skipped: 2 },
  "KUnit itself": { files: ["lib/kunit/kunit-test.c"], passed: 22, skipped: 2 },
  "string streams": { files: ["lib/kunit/string-stream.c", "lib/kunit/string-stream-test.c"], passed: 12 },
  bitfields: { files: ["lib/bitfield_kunit.c"], passed: 2 },
  checksums: { files: ["lib/checksum.c", "lib/checksum_kunit.c"], passed: 5 },
  "signed types": { files: ["lib/is_signed_type_kunit.c"], passed: 1 },
  overflow: { files: ["lib/overflow_kunit.c"], passed: 22 },
  "string helpers": { files: ["lib/string_helpers.c", "lib/string_helpers_kunit.c"], passed: 3 },
  bits: { files: ["lib/test_bits.c"], passed: 4 },
  bitops: { files: ["lib/test_bitops.c"], says: /Completed bitops test/ },
  bitmaps: {
    files: ["lib/bitmap.c", "lib/bitmap-str.c", "lib/find_bit.c", "lib/test_bitmap.c"],
    says: /all \d+ tests passed/,
  },
  "bitmaps, ours": { files: ["lib/bitmap-str.c", "lib/test_bitmap.c"], says: /all \d+ tests passed/ },
  hashes: { files: ["lib/test_hash.c"], passed: 2 },
  uuid: { files: ["lib/uuid.c", "lib/test_uuid.c"], says: /all 18 tests passed/ },
  heaps: { files: ["lib/test_min_heap.c"], says: /test passed/ },
  "linear ranges": { files: ["lib/linear_ranges.c", "lib/test_linear_ranges.c"], passed: 4 },
  scanf: { files: ["lib/test_scanf.c"], says: /all \d+ tests passed/ },
  atomics: { files: ["lib/atomic64_test.c"], says: /passed for x86-64/ },
  "rational numbers": { files: ["lib/math/rational.c", "lib/math/rational-test.c"], passed: 1 },
  powers: { files: ["lib/math/int_pow.c", "lib/math/tests/int_pow_kunit.c"], passed: 1 },
  "64-bit division": { files: ["lib/math/test_div64.c"], says: /Completed/ },
  primes: { files: ["lib/math/prime_numbers.c", "lib/bitmap-str.c"] },
  "stack initialization": { files: ["lib/stackinit_kunit.c"], passed: 46, skipped: 19 },
  "per-CPU variables": { files: ["lib/percpu_test.c"], returns: EAGAIN, says: /percpu test done/ },
  glob: { files: ["lib/globtest.c"], says: /64 self-tests passed, 0 failed/ },
  memcat: { files: ["lib/memcat_p.c", "lib/test_memcat_p.c"], says: /test passed/ },
  processors: { files: ["lib/cpumask_kunit.c"], passed: 6 },
  "user copies": { files: ["lib/usercopy_kunit.c"], passed: 4 },
  "strings to numbers": { files: ["lib/test-kstrtox.c"], returns: EINVAL },
};

/** Compresses and decompresses with lib/lz4 of the kernel source, in memory from vmalloc. */
const LZ4 = `
  #include <linux/lz4.h>
  #include <linux/module.h>
  #include <linux/random.h>
  #include <linux/vmalloc.h>

  enum { SIZE = 100000 };

  static int check(const char *src, const char *packed, int bytes)
  {
    char *back = vmalloc(SIZE);
    int good = LZ4_decompress_safe(packed, back, bytes, SIZE) == SIZE && memcmp(src, back, SIZE) == 0;

    vfree(back);
    return good && bytes < SIZE / 2 ? 0 : -EINVAL;
  }

  static int __init lz4_init(void)
  {
    int bound = LZ4_compressBound(SIZE);
    char *src = vmalloc(SIZE), *dst = vmalloc(bound);
    void *memory = vmalloc(LZ4HC_MEM_COMPRESS);
    int error;

    for (int i = 0; i < SIZE; i++)
      src[i] = i % 1000 < 700 ? "as it was before it "[i % 20] : get_random_u8();
    error = check(src, dst, LZ4_compress_default(src, dst, SIZE, bound, memory));
    error = error ?: check(src, dst, LZ4_compress_HC(src, dst, SIZE, bound, LZ4HC_DEFAULT_CLEVEL, memory));
    vfree(src);
    vfree(dst);
    vfree(memory);
    return error;
  }
  module_init(lz4_init);
`;

function cases(ran: Ran, status: string): string[] {
  return ran.tests.flatMap((suite) => suite.cases.filter((one) => one.status === status).map(({ name }) => name));
}

function expectSuite(ran: Ran, suite: Suite): void {
  const inTests = ran.tests.flatMap((one) => one.cases.flatMap(({ reports }) => reports));
  const counts = { passed: cases(ran, "ok").length, skipped: cases(ran, "skip").length };
  expect(cases(ran, "not ok"), ran.lines.join("\n")).toEqual([]);
  expect(counts).toEqual({ passed: suite.passed ?? 0, skipped: suite.skipped ?? 0 });
  expect(ran.reports.length - inTests.length).toBe(suite.reports ?? 0);
  expect(ran.warnings).toBe(suite.warnings ?? 0);
  expect(ran.stopped).toBeUndefined();
  expect(ran.result ?? 0).toBe(suite.returns ?? 0);
  if (suite.says) expect(ran.lines.join("\n")).toMatch(suite.says);
  expect(ran.lines.join("\n")).not.toMatch(/failed [1-9]\d* out of|not ok /);
}

const run = (paths: readonly string[], settings: RunSettings) => runFiles([...paths], { timeout: 200, ...settings });

/** Runs a suite, and expects its results. */
export async function runSuite(suite: Suite, settings: RunSettings = {}): Promise<void> {
  expectSuite(await run(suite.files.map(kernelFile), settings), suite);
}

/** Compresses and decompresses, and expects the same bytes. */
export async function runLz4(settings: RunSettings = {}): Promise<void> {
  const parts = ["lz4_compress", "lz4_decompress", "lz4hc_compress"].map((name) => kernelFile(`lib/lz4/${name}.c`));
  const ran = await withFiles({ "lz4.c": LZ4 }, ([own]) => run([...parts, own], settings));
  expectSuite(ran, { files: [] });
}
