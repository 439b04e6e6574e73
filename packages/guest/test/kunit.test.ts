import { describe, expect, it } from "vitest";
import { runFiles, withFiles } from "./harness.ts";

const run = (source: string, settings = {}) => withFiles({ "tests.c": source }, (paths) => runFiles(paths, settings));
/** The log from the first line that contains a text, without parts that change with every edit. */
const from = (lines: readonly string[], text: string): string[] =>
  lines
    .slice(lines.findIndex((line) => line.includes(text)))
    .map((line) => line.replace(/\/\S*\/tests\.c/g, "tests.c"));

const suite = (cases: string, code: string, more = "") => `
#include <kunit/test.h>
${code}
static struct kunit_case cases[] = { ${cases}, {} };
static struct kunit_suite suite = { .name = "example", .test_cases = cases, ${more} };
kunit_test_suite(suite);
`;

describe("KUnit", () => {
  it("runs all suites of a module, however many there are", async () => {
    const count = 150;
    const numbers = Array.from({ length: count }, (_, i) => i);
    const { lines, tests } = await run(`
#include <kunit/test.h>
static void good(struct kunit *test) { }
static struct kunit_case cases[] = { KUNIT_CASE(good), {} };
${numbers.map((i) => `static struct kunit_suite suite_${i} = { .name = "suite_${i}", .test_cases = cases };`).join("\n")}
kunit_test_suites(${numbers.map((i) => `&suite_${i}`).join(", ")});
`);
    expect(lines).toContain(`1..${count}`);
    expect(tests.map(({ name, status }) => [name, status])).toEqual(numbers.map((i) => [`suite_${i}`, "ok"]));
  });

  it("prints KTAP, and tells what passed, failed and was skipped", async () => {
    const { lines, tests } = await run(
      suite(
        "KUNIT_CASE(good), KUNIT_CASE(bad), KUNIT_CASE(left_out), KUNIT_CASE_SLOW(slow)",
        `static void good(struct kunit *test) { KUNIT_EXPECT_EQ(test, 1 + 1, 2); }
         static void bad(struct kunit *test) { int a = 3; KUNIT_EXPECT_EQ(test, a, 4); KUNIT_EXPECT_TRUE(test, a == 5); }
         static void left_out(struct kunit *test) { kunit_skip(test, "not %s", "today"); }
         static void slow(struct kunit *test) { }`,
      ),
    );
    expect(from(lines, "KTAP")).toEqual([
      "KTAP version 1",
      "1..1",
      "    KTAP version 1",
      "    # Subtest: example",
      "    # module: tests",
      "    1..4",
      "    ok 1 good",
      "    # bad: EXPECTATION FAILED at tests.c:4",
      "    Expected a == 4, but",
      "        a == 3 (0x3)",
      "    # bad: EXPECTATION FAILED at tests.c:4",
      "    Expected a == 5 to be true, but is false",
      "    not ok 2 bad",
      "    ok 3 left_out # SKIP not today",
      "    # slow.speed: slow",
      "    ok 4 slow",
      "# example: pass:2 fail:1 skip:1 total:4",
      "# Totals: pass:2 fail:1 skip:1 total:4",
      "not ok 1 example",
    ]);
    expect(tests).toEqual([
      {
        name: "example",
        status: "not ok",
        cases: [
          { name: "good", status: "ok", reports: [] },
          { name: "bad", status: "not ok", reports: [] },
          { name: "left_out", status: "skip", comment: "not today", reports: [] },
          { name: "slow", status: "ok", reports: [] },
        ],
      },
    ]);
  });

  it("says of each kind of check what was expected", async () => {
    const { lines } = await run(
      suite(
        "KUNIT_CASE(checks)",
        `static void checks(struct kunit *test)
         {
           void *none = NULL, *error = ERR_PTR(-12);
           const char *text = "abc";
           u8 left[3] = { 1, 2, 3 }, right[3] = { 1, 9, 3 };
           KUNIT_EXPECT_NOT_ERR_OR_NULL(test, none);
           KUNIT_EXPECT_NOT_ERR_OR_NULL(test, error);
           KUNIT_EXPECT_STREQ(test, text, "abd");
           KUNIT_EXPECT_MEMEQ(test, left, right, 3);
           KUNIT_EXPECT_GT_MSG(test, 1, 2, "one of %d", 7);
           KUNIT_EXPECT_PTR_EQ(test, none, error);
           KUNIT_FAIL(test, "by hand: %s", "x");
         }`,
      ),
    );
    const said = from(lines, "# checks").filter((line) => !line.includes("FAILED"));
    expect(said.slice(0, 17)).toEqual([
      "    Expected none is not null, but is",
      "    Expected error is not error, but is: -12",
      '    Expected text == "abd", but',
      '        text == "abc"',
      "    Expected left == right, but",
      "        left ==",
      "         01 <02> 03 ",
      "        right ==",
      "         01 <09> 03 ",
      "    Expected 1 > 2, but",
      "",
      "one of 7",
      "    Expected none == error, but",
      "        none == 0000000000000000",
      "        error == fffffffffffffff4",
      "by hand: x",
      "    not ok 1 checks",
    ]);
  });

  it("ends a case at a failed assertion, and gives back what it had", async () => {
    const { lines, tests, reports } = await run(
      suite(
        "KUNIT_CASE(first), KUNIT_CASE(second)",
        `static void note(void *what) { pr_info("given back: %s\\n", (char *)what); }
         static int start(struct kunit *test) { test->priv = kunit_kzalloc(test, 16, GFP_KERNEL); return 0; }
         static void end(struct kunit *test) { pr_info("end of %s in task %s\\n", test->name, current->comm); }
         static void first(struct kunit *test)
         {
           kunit_add_action(test, note, "one");
           kunit_add_action(test, note, "two");
           KUNIT_ASSERT_NULL(test, test->priv);
           pr_info("never\\n");
         }
         static void second(struct kunit *test) { KUNIT_ASSERT_EQ(test, *(u64 *)test->priv, 0); }`,
        ".init = start, .exit = end",
      ),
    );
    expect(lines).not.toContain("never");
    expect(lines.filter((line) => /given back|end of/.test(line))).toEqual([
      "end of first in task kunit_try_catch",
      "given back: two",
      "given back: one",
      "end of second in task kunit_try_catch",
    ]);
    expect(tests[0]?.cases.map(({ status }) => status)).toEqual(["not ok", "ok"]);
    expect(reports).toEqual([]);
  });

  it("runs a case for each parameter", async () => {
    const { lines } = await run(
      suite(
        "KUNIT_CASE_PARAM(even, number_gen_params)",
        `static const struct number { int n; const char *name; } numbers[] = { { 2, "two" }, { 3, "three" }, { 4, "four" } };
         KUNIT_ARRAY_PARAM_DESC(number, numbers, name);
         static void even(struct kunit *test)
         {
           const struct number *number = test->param_value;
           KUNIT_EXPECT_EQ(test, number->n % 2, 0);
         }`,
      ),
    );
    expect(from(lines, "1..1").filter((line) => /ok|#|KTAP/.test(line))).toEqual([
      "    KTAP version 1",
      "    # Subtest: example",
      "    # module: tests",
      "        KTAP version 1",
      "        # Subtest: even",
      "        ok 1 two",
      "    # even: EXPECTATION FAILED at tests.c:8",
      "        not ok 2 three",
      "        ok 3 four",
      "    # even: pass:2 fail:1 skip:0 total:3",
      "    not ok 1 even",
      "# Totals: pass:2 fail:1 skip:0 total:3",
      "not ok 1 example",
    ]);
  });

  it("goes on after a case that crashed", async () => {
    const { lines, tests, stopped } = await run(
      suite(
        "KUNIT_CASE(crash), KUNIT_CASE(after)",
        `static void crash(struct kunit *test) { KUNIT_SUCCEED(test); *(volatile int *)test->priv = 1; }
         static void after(struct kunit *test) { }`,
      ),
    );
    expect(stopped).toBeUndefined();
    expect(lines.some((line) => line.startsWith("Oops: "))).toBe(true);
    expect(from(lines, "try faulted").slice(0, 3)).toEqual([
      "    # crash: try faulted: last line seen tests.c:3",
      "    # crash: internal error occurred preventing test case from running: -4",
      "    not ok 1 crash",
    ]);
    expect(tests[0]?.cases.map(({ status }) => status)).toEqual(["not ok", "ok"]);
  });

  it("a KASAN report fails a test that is not about KASAN, and belongs to it", async () => {
    const { tests, reports } = await run(
      suite(
        "KUNIT_CASE(clean), KUNIT_CASE(uses_after_free)",
        `static void clean(struct kunit *test) { }
         static void uses_after_free(struct kunit *test)
         {
           char *p = kmalloc(8, GFP_KERNEL);
           kfree(p);
           OPTIMIZER_HIDE_VAR(p);
           *(volatile char *)p;
         }`,
      ),
    );
    expect(reports.map(({ bugType }) => bugType)).toEqual(["slab-use-after-free"]);
    expect(tests[0]?.cases).toEqual([
      { name: "clean", status: "ok", reports: [] },
      { name: "uses_after_free", status: "not ok", reports: [0] },
    ]);
  });

  it("errors in slabs are counted by a test that asks for it, and printed in others", async () => {
    const { lines, tests } = await run(
      suite(
        "KUNIT_CASE(counts), KUNIT_CASE(prints)",
        `#include <kunit/resource.h>
         #include <linux/kasan.h>
         #include <linux/slab.h>
         long validate_slab_cache(struct kmem_cache *s);
         static int errors;
         static void overwrite(const char *name, struct kunit *test) {
           struct kmem_cache *cache = kmem_cache_create(name, 64, 0, SLAB_RED_ZONE, NULL);
           char *object = kmem_cache_alloc(cache, GFP_KERNEL);
           kasan_disable_current();
           object[64] = 1;
           kasan_enable_current();
           KUNIT_EXPECT_EQ(test, validate_slab_cache(cache), 1);
           kmem_cache_free(cache, object);
           kmem_cache_destroy(cache);
         }
         static void counts(struct kunit *test) {
           struct kunit_resource resource;
           kunit_add_named_resource(test, NULL, NULL, &resource, "slab_errors", &errors);
           overwrite("counted", test);
           KUNIT_EXPECT_EQ(test, errors, 2);
           kunit_remove_resource(test, &resource);
         }
         static void prints(struct kunit *test) { overwrite("printed", test); KUNIT_EXPECT_EQ(test, errors, 2); }`,
      ),
    );
    expect(tests.map(({ cases }) => cases.map(({ status }) => status))).toEqual([["ok", "ok"]]);
    expect(lines.filter((line) => /^(?:BUG|FIX) /.test(line))).toEqual([
      expect.stringMatching(/^BUG printed \(.*\): Object corrupt$/),
      expect.stringContaining("FIX printed: Restoring Right Redzone 0x"),
    ]);
  });

  it("a function can be replaced for the time of a test", async () => {
    const { tests } = await run(
      `#include <kunit/static_stub.h>\n${suite(
        "KUNIT_CASE(replaced), KUNIT_CASE(as_before)",
        `static noinline int add_one(int i) { KUNIT_STATIC_STUB_REDIRECT(add_one, i); return i + 1; }
         static int subtract_one(int i) { return i - 1; }
         static void replaced(struct kunit *test)
         {
           kunit_activate_static_stub(test, add_one, subtract_one);
           KUNIT_EXPECT_EQ(test, add_one(1), 0);
           kunit_deactivate_static_stub(test, add_one);
           KUNIT_EXPECT_EQ(test, add_one(1), 2);
           kunit_activate_static_stub(test, add_one, subtract_one);
         }
         static void as_before(struct kunit *test) { KUNIT_EXPECT_EQ(test, add_one(1), 2); }`,
      )}`,
    );
    expect(tests[0]?.status).toBe("ok");
  });

  describe("a filter chooses", () => {
    const source = suite(
      "KUNIT_CASE(copy_small), KUNIT_CASE(copy_large), KUNIT_CASE(move)",
      ["copy_small", "copy_large", "move"].map((name) => `static void ${name}(struct kunit *test) { }`).join("\n"),
    );
    it.each([
      ["copy_*", ["copy_small", "copy_large"]],
      ["example.*e", ["copy_large", "move"]],
      ["exam*", ["copy_small", "copy_large", "move"]],
      ["*.[!c]*", ["move"]],
      ["example.copy_smal?", ["copy_small"]],
    ])("%s", async (filter, names) => {
      const { tests } = await run(source, { filter });
      expect(tests[0]?.cases.map(({ name }) => name)).toEqual(names);
    });

    it("nothing, which is an error", async () => {
      await expect(run(source, { filter: "other.*" })).rejects.toMatchObject({ code: "NO_ENTRY" });
    });
  });

  it("suites of several files run in the files' order, and functions of one name do not collide", async () => {
    const file = (name: string) => `
      #include <kunit/test.h>
      static int __init start(void) { pr_info("start of ${name}\\n"); return 0; }
      static void __exit end(void) { pr_info("end of ${name}\\n"); }
      module_init(start);
      module_exit(end);
      static void works(struct kunit *test) { }
      static struct kunit_case cases[] = { KUNIT_CASE(works), {} };
      static struct kunit_suite suite = { .name = "${name}", .test_cases = cases };
      kunit_test_suite(suite);`;
    const { lines } = await withFiles({ "a.c": file("first"), "b.c": file("second") }, (paths) => runFiles(paths));
    expect(lines.filter((line) => /^(start|end|ok)/.test(line))).toEqual([
      "start of first",
      "start of second",
      "ok 1 first",
      "ok 2 second",
      "end of second",
      "end of first",
    ]);
  });
});
