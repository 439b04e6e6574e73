import { describe, expect, it } from "vitest";
import { type RunSettings, runFiles, withFiles } from "./harness.ts";

const HEADERS = ["gfp", "kernel", "mm", "module", "slab"].map((name) => `#include <linux/${name}.h>\n`).join("");
const run = (body: string, settings: RunSettings = {}) =>
  withFiles(
    { "alloc.c": `${HEADERS}static int __init start(void) { ${body} return 0; } module_init(start);` },
    (paths) => runFiles(paths, settings),
  );
const said = (lines: readonly string[]) => lines.filter((line) => line.startsWith("> "));

/** A program in which each of `copy`, `move`, `fill`, `fromUser` and `toUser` goes 36 bytes beyond an object. */
const BEYOND = (call: string) => ({
  "copy.c": `${HEADERS}#include <linux/mman.h>\n#include <linux/uaccess.h>
static noinline void copy(char *to, char *from, long n) { memcpy(to, from, n); }
static noinline void move(char *to, char *from, long n) { memmove(to, from, n); }
static noinline void fill(char *to, char *from, long n) { memset(to, 1, n); }
static noinline void fromUser(char *to, char __user *from, long n) { pr_info("> %ld\\n", copy_from_user(to, from, n)); }
static noinline void toUser(char *from, char __user *to, long n) { pr_info("> %ld\\n", copy_to_user(to, from, n)); }
static int __init start(void)
{
  char *object = kmalloc(64, GFP_KERNEL), *from = kmalloc(256, GFP_KERNEL);
  char __user *user = (char __user *)vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, 0);
  volatile long n = 100;

  ${call};
  return 0;
}
module_init(start);`,
});
const CALLS = {
  copy: "copy(object, from, n)",
  move: "move(object, from, n)",
  fill: "fill(object, from, n)",
  fromUser: "fromUser(object, user, n)",
  toUser: "toUser(object, user, n)",
};

/** What reports call the functions that touch the object, where not its caller. */
const NAMES: [string, RunSettings, Partial<Record<keyof typeof CALLS, string>>][] = [
  ["x86_64", {}, { fromUser: "_copy_from_user", toUser: "_copy_to_user" }],
  ["riscv64", { arch: { name: "riscv64" } }, { fromUser: "_copy_from_user", toUser: "_copy_to_user" }],
  ["arm64", { arch: { name: "arm64" } }, {}],
  ["arm64, software tags", { mode: "sw_tags", arch: { name: "arm64" } }, {}],
  [
    "arm64, hardware tags",
    { mode: "hw_tags", arch: { name: "arm64" } },
    {
      ...{ copy: "__memcpy", move: "__memcpy", fill: "__memset" },
      ...{ fromUser: "__arch_copy_from_user", toUser: "__arch_copy_to_user" },
    },
  ],
];

describe.each(NAMES)("the function that goes beyond an object, on %s,", (_name, settings, names) => {
  it.each(Object.entries(CALLS))("is named: %s", async (name, call) => {
    const { reports } = await withFiles(BEYOND(call), (paths) => runFiles(paths, settings));
    const named = (names as Record<string, string>)[name] ?? name;
    expect(reports.map((report) => [report.function.symbol, report.access.kind])).toEqual([
      [named, name === "toUser" ? "Read" : "Write"],
    ]);
    const trace = reports[0]?.callTrace.map(({ symbol }) => symbol) ?? [];
    expect(trace.slice(trace.indexOf(named)).slice(0, named === name ? 1 : 2)).toEqual([...new Set([named, name])]);
  });
});

const MODES: [string, RunSettings][] = [
  ["generic", {}],
  ["sw_tags", { mode: "sw_tags", arch: { name: "arm64" } }],
  ["hw_tags", { mode: "hw_tags", arch: { name: "arm64" } }],
];

describe.each(MODES)("pages in mode %s", (mode, settings) => {
  it("alloc_pages_exact has no more than what was asked for", async () => {
    const { reports, lines } = await run(
      `char *three = alloc_pages_exact(3 * PAGE_SIZE, GFP_KERNEL);
       struct page *other = alloc_page(GFP_KERNEL);
       memset(three, 1, 3 * PAGE_SIZE);
       pr_info("> %d\\n", three[3 * PAGE_SIZE - 1]);
       pr_info("> beyond\\n");
       ((volatile char *)three)[3 * PAGE_SIZE] = 1;
       __free_page(other);
       free_pages_exact(three, 3 * PAGE_SIZE);
       pr_info("> freed\\n");`,
      settings,
    );
    expect(said(lines)).toEqual(["> 1", "> beyond", "> freed"]);
    expect(reports.map(({ bugType, access }) => [bugType, access.kind])).toEqual([
      [mode === "generic" ? "use-after-free" : "invalid-access", "Write"],
    ]);
  });

  it("alloc_pages_exact's pages are freed one by one, and free_pages_exact frees all", async () => {
    const { reports, lines } = await run(
      `char *two, *five = alloc_pages_exact(4 * PAGE_SIZE + 1, GFP_KERNEL | __GFP_ZERO);
       volatile char *late = five + 4 * PAGE_SIZE;
       pr_info("> %d\\n", *late);
       free_page((unsigned long)five);
       for (int i = 1; i < 4; i++)
         free_page((unsigned long)five + i * PAGE_SIZE);
       *late = 1;
       free_page((unsigned long)late);
       two = alloc_pages_exact(2 * PAGE_SIZE, GFP_KERNEL);
       late = two + PAGE_SIZE;
       free_pages_exact(two, 2 * PAGE_SIZE);
       pr_info("> freed\\n");
       *late;`,
      settings,
    );
    expect(said(lines)).toEqual(["> 0", "> freed"]);
    expect(reports.map(({ access }) => access.kind)).toEqual(["Read"]);
  });
});

describe.each(MODES)("small objects in mode %s", (mode, settings) => {
  const least = mode === "generic" ? 8 : 16;

  it("fill the granules that have tags", async () => {
    const { reports, lines } = await run(
      `char *p = kmalloc(8, GFP_KERNEL);
       pr_info("> %zu %zu %u\\n", ksize(p), kmalloc_size_roundup(1), arch_slab_minalign());
       for (size_t size = 9; size < KMALLOC_MAX_SIZE; size = size * 5 / 4) {
         void *q = kmalloc(size, GFP_KERNEL);
         if (kmalloc_size_roundup(size) != ksize(q) || ksize(q) < size)
           pr_info("> %zu for %zu\\n", ksize(q), size);
         kfree(q);
       }
       kfree(p);
       *(volatile char *)p;`,
      settings,
    );
    expect(said(lines)).toEqual([`> ${least} ${least} ${least}`]);
    expect(reports[0]?.object).toMatchObject({ cache: `kmalloc-${least}`, objectSize: least });
  });
});

describe("variables in named sections", () => {
  const variable = (attribute: string, settings: RunSettings = {}) =>
    withFiles(
      {
        "section.c": `${HEADERS}#include <linux/cache.h>\n#include <linux/percpu.h>
static DEFINE_PER_CPU(int, own);
static volatile int array[3] ${attribute} = { 1, 2, 3 };
static int __section(".text.hot") next(int x) { return x + 1; }
static int __init start(void)
{
  volatile int i = 2;

  this_cpu_add(own, next(1));
  pr_info("> %d %d\\n", array[i], this_cpu_read(own));
  i++;
  array[i];
  return 0;
}
module_init(start);`,
      },
      (paths) => runFiles(paths, settings),
    );

  it.each([
    ["", 1],
    ["__initdata", 0],
    ["__exitdata", 0],
    ["__refdata", 0],
    ["__ro_after_init", 0],
    ["__read_mostly", 0],
    ["__cacheline_aligned", 0],
    [`__section(".mine")`, 0],
    [`__attribute__((__section__(".mine.too")))`, 0],
  ])("have no redzone, as in a kernel: %s", async (attribute, count) => {
    const { reports, lines } = await variable(attribute);
    expect(said(lines)).toEqual(["> 3 2"]);
    expect(reports.map(({ bugType }) => bugType)).toEqual(Array(count).fill("global-out-of-bounds"));
  });

  it("depend on the architecture: riscv64 has none for __read_mostly", async () => {
    const { reports } = await variable("__read_mostly", { arch: { name: "riscv64" } });
    expect(reports.map(({ bugType }) => bugType)).toEqual(["global-out-of-bounds"]);
  });
});

describe("the stack of an allocation names the function that the kernel's header chooses", () => {
  it.each([
    ["kmalloc(100, GFP_KERNEL)", ["__kmalloc_cache_noprof"]],
    ["kzalloc(sizeof(struct list_head), GFP_KERNEL)", ["__kmalloc_cache_noprof"]],
    ["kcalloc(4, 25, GFP_KERNEL)", ["__kmalloc_cache_noprof"]],
    ["kmalloc(size, GFP_KERNEL)", ["__kmalloc_noprof"]],
    ["kmalloc_array(size, 2, GFP_KERNEL)", ["__kmalloc_noprof"]],
    ["kmalloc_node(100, GFP_KERNEL, NUMA_NO_NODE)", ["__kmalloc_cache_node_noprof"]],
    ["kcalloc_node(size, 2, GFP_KERNEL, NUMA_NO_NODE)", ["__kmalloc_node_noprof"]],
    ["kmalloc_track_caller(100, GFP_KERNEL)", ["__kmalloc_node_track_caller_noprof"]],
    ["kstrdup(name, GFP_KERNEL)", ["__kmalloc_node_track_caller_noprof", "kstrdup"]],
    ["kmemdup(name, 5, GFP_KERNEL)", ["__kmalloc_node_track_caller_noprof", "kmemdup_noprof"]],
    ["krealloc(NULL, 100, GFP_KERNEL)", ["__kmalloc_node_track_caller_noprof", "krealloc_noprof"]],
    ["kvmalloc(size, GFP_KERNEL)", ["__kmalloc_node_noprof", "__kvmalloc_node_noprof"]],
  ])("%s", async (call, names) => {
    const { reports } = await run(
      `volatile size_t unknown = 100;
       size_t size = unknown;
       char *p = ${call};
       kfree(p);
       *(volatile char *)p;`.replace("name", '"name"'),
    );
    const stack = reports[0]?.allocated?.stack?.map(({ symbol }) => symbol) ?? [];
    const after = stack.indexOf("__kasan_kmalloc") + 1;
    expect(stack.slice(after, after + names.length + 1)).toEqual([...names, "start"]);
  });
});

describe("memory that nobody asks to be zeroed", () => {
  const body = `
    char *object = kmalloc(100, GFP_KERNEL | __GFP_ZERO), *again;
    unsigned long page = __get_free_page(GFP_KERNEL | __GFP_ZERO);

    memset(object, 7, 100);
    memset((void *)page, 7, PAGE_SIZE);
    free_page(page);
    pr_info("> page %d\\n", *(char *)__get_free_page(GFP_KERNEL));
    again = krealloc(object, 5000, GFP_KERNEL);
    pr_info("> object %d %d\\n", again[99], again[200]);
  `;

  it("has its old content", async () => {
    expect(said((await run(body)).lines)).toEqual(["> page 7", "> object 7 0"]);
  });

  it("is zero with init_on_alloc, and with init_on_free where it was freed", async () => {
    for (const name of ["init_on_alloc", "init_on_free"]) {
      expect(said((await run(body, { boot: [[name, "1"]] })).lines)).toEqual(["> page 0", "> object 7 0"]);
    }
  });
});
