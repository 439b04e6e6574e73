import { expect } from "vitest";
import { SUITES as EXPECTED, type Expected } from "../../../../scripts/breadth/suites.js";
import { type Ran, type RunSettings, runFiles, withFiles } from "../harness.ts";
import { kernelFile } from "./source.ts";

/** A test suite of the kernel, unmodified: files of its source, as passed to `kasan run`, and the expected results. */
export type Suite = Expected & { readonly files: readonly string[] };

/** The suite of a test file, with files that it is linked with. */
export function suite(test: string, ...more: string[]): Suite {
  if (!Object.hasOwn(EXPECTED, test)) throw new Error(`${test} is not in the list of scripts/breadth/suites.js`);
  return { ...EXPECTED[test], files: [...more, test] };
}

/** Suites by a name for people, for our headers. */
export const SUITES: Record<string, Suite> = {
  "lists and klists": suite("lib/list-test.c"),
  "hash tables": suite("lib/hashtable_test.c"),
  sort: suite("lib/test_sort.c", "lib/sort.c"),
  "list sort": suite("lib/test_list_sort.c", "lib/list_sort.c"),
  "list sort, ours": suite("lib/test_list_sort.c"),
  "red-black trees": suite("lib/rbtree_test.c", "lib/rbtree.c"),
  "red-black trees, ours": suite("lib/rbtree_test.c"),
  "interval trees": suite("lib/interval_tree_test.c", "lib/interval_tree.c"),
  strings: suite("lib/string_kunit.c"),
  memcpy: suite("lib/memcpy_kunit.c"),
  siphash: suite("lib/siphash_kunit.c", "lib/siphash.c"),
  "command lines": suite("lib/cmdline_kunit.c", "lib/cmdline.c"),
  "command lines, ours": suite("lib/cmdline_kunit.c"),
  hexdump: suite("lib/test_hexdump.c", "lib/hexdump.c"),
  "hexdump, ours": suite("lib/test_hexdump.c"),
  // Our headers do not look at the size of what is copied: each of the copies is reported.
  "copies to and from user memory": { ...suite("mm/kasan/kasan_test_module.c"), reports: 7, warnings: 0 },
  "KUnit's examples": suite("lib/kunit/kunit-example-test.c"),
  "KUnit itself": suite("lib/kunit/kunit-test.c"),
  "string streams": suite("lib/kunit/string-stream-test.c", "lib/kunit/string-stream.c"),
  bitfields: suite("lib/bitfield_kunit.c"),
  checksums: suite("lib/checksum_kunit.c", "lib/checksum.c"),
  "signed types": suite("lib/is_signed_type_kunit.c"),
  overflow: suite("lib/overflow_kunit.c"),
  "string helpers": suite("lib/string_helpers_kunit.c", "lib/string_helpers.c"),
  bits: suite("lib/test_bits.c"),
  bitops: suite("lib/test_bitops.c"),
  bitmaps: suite("lib/test_bitmap.c", "lib/bitmap.c", "lib/bitmap-str.c", "lib/find_bit.c"),
  "bitmaps, ours": suite("lib/test_bitmap.c", "lib/bitmap-str.c"),
  hashes: suite("lib/test_hash.c"),
  uuid: suite("lib/test_uuid.c", "lib/uuid.c"),
  heaps: suite("lib/test_min_heap.c"),
  "linear ranges": suite("lib/test_linear_ranges.c", "lib/linear_ranges.c"),
  scanf: suite("lib/test_scanf.c"),
  atomics: suite("lib/atomic64_test.c"),
  "rational numbers": suite("lib/math/rational-test.c", "lib/math/rational.c"),
  powers: suite("lib/math/tests/int_pow_kunit.c", "lib/math/int_pow.c"),
  "64-bit division": suite("lib/math/test_div64.c"),
  primes: suite("lib/math/prime_numbers.c", "lib/bitmap-str.c"),
  // Our headers are of a kernel that does not initialize variables on the stack.
  "stack initialization": { ...suite("lib/stackinit_kunit.c"), passed: 46, skipped: 19 },
  "per-CPU variables": suite("lib/percpu_test.c"),
  glob: suite("lib/globtest.c"),
  memcat: suite("lib/test_memcat_p.c", "lib/memcat_p.c"),
  processors: suite("lib/cpumask_kunit.c"),
  "user copies": suite("lib/usercopy_kunit.c"),
  "strings to numbers": suite("lib/test-kstrtox.c"),
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

function expectSuite(ran: Ran, suite: Expected): void {
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
  expectSuite(ran, {});
}
