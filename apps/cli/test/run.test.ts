import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv/dist/2020.js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { kasan, publishedSchema, run, scratch } from "./harness.ts";

const schema = publishedSchema("run");

let files: ReturnType<typeof scratch>;
beforeEach(() => {
  files = scratch();
});
afterEach(() => files.remove());

const BUG = `#include <linux/module.h>
#include <linux/slab.h>
static int size = 10;
module_param(size, int, 0444);
static int __init bug_init(void)
{
	volatile char *p = kmalloc(size, GFP_KERNEL);

	p[size] = 1;
	kfree((void *)p);
	return 0;
}
module_init(bug_init);
`;

describe("kasan run", () => {
  it("prints the log on stdout, one line of summary on stderr, and exits 1 for a bug", async () => {
    const { code, out, err } = await run(files.file("bug.c", BUG));
    expect(code).toBe(1);
    expect(out).toMatch(
      /^\[ {4}\d\.\d{6}\] =+\n\[.*\] BUG: KASAN: slab-out-of-bounds in bug_init\+0x[0-9a-f]+\/0x[0-9a-f]+ \[bug\]\n/,
    );
    expect(err).toBe("kasan: bug: 1 KASAN report\n");
  });

  const KINDS = [
    "",
    "--instrument inline",
    "--mode off",
    "--arch arm64",
    "--arch arm64 --mode sw_tags",
    "--arch arm64 --mode hw_tags",
  ];
  it.each(KINDS)("compiles the program alone, the first time: %s", async (kind) => {
    const options = kind.split(" ").filter((word) => word !== "");
    vi.stubEnv("KASAN_CACHE_DIR", join(files.folder, "cache"));
    const { code } = await run(files.file("bug.c", BUG), ...options);
    expect(code).toBeLessThan(2);
    expect(readdirSync(join(files.folder, "cache"))).toHaveLength(1);
    vi.unstubAllEnvs();
  });

  it("refuses what makes no machine before it compiles anything", async () => {
    const { code, err } = await run(files.file("bad.c", "no C"), "--mode", "sw_tags");
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/^kasan: tags need a processor .*arm64\n$/) });
  });

  it("gives one JSON object that fits the published schema", async () => {
    const { code, out } = await run(files.file("bug.c", BUG), "--format", "json");
    const result = JSON.parse(out);
    const validate = new Ajv({ strict: false }).compile(schema);
    expect(validate(result), JSON.stringify(validate.errors)).toBe(true);
    expect(result.exitCode).toBe(code);
    expect(result.end).toEqual({ returned: 0 });
    const [report] = result.reports;
    expect(report).toMatchObject({
      title: "KASAN: slab-out-of-bounds Write in bug_init",
      bugType: "slab-out-of-bounds",
      access: { kind: "Write", size: 1 },
      function: "bug_init",
      line: 9,
      task: { comm: "insmod" },
      cpu: 0,
      region: { size: 10, side: "right", distance: 0 },
    });
    expect(report.file).toMatch(/bug\.c$/);
    expect(report.access.address).toMatch(/^0x[0-9a-f]{16}$/);
    expect(
      report.allocated.stack.some(
        (frame: { function: string; line?: number }) => frame.function === "bug_init" && frame.line === 7,
      ),
    ).toBe(true);
    expect(result.stats.allocations).toBeGreaterThan(0);
    expect(result.log.join("\n")).toContain("BUG: KASAN: slab-out-of-bounds");
  });

  it("says nothing of KASAN without it, and exits 0", async () => {
    const { code, out } = await run(files.file("bug.c", BUG), "--mode", "off");
    expect({ code, out }).toEqual({ code: 0, out: "" });
  });

  it("sets module parameters, and refuses those that do not fit", async () => {
    const bug = files.file("bug.c", BUG);
    expect((await run(bug, "--param", "size=24")).out).toContain("allocated 24-byte region");
    expect(await run(bug, "--param", "size=many")).toMatchObject({
      code: 2,
      err: "kasan: parameter size=many is not a number, and its type is int\n",
    });
    expect((await run(bug, "--param", "length=1")).err).toBe(
      "kasan: no module parameter length; the module has: size\n",
    );
    expect((await run(bug, "--param", "size=99999999999")).err).toContain("does not fit its type, int");
    expect((await run(bug, "--param", "size")).code).toBe(2);
  });

  it("links several files, with -I and -D, and calls a function by name", async () => {
    const main = files.file(
      "main.c",
      '#include <linux/printk.h>\n#include "part.h"\nint go(void)\n{\n\tpr_info("%d %d\\n", part(1), VALUE);\n\treturn 0;\n}\n',
    );
    const part = files.file("part.c", '#include "part.h"\nint part(int x)\n{\n\treturn x + 41;\n}\n');
    files.file("part.h", "int part(int x);\n");
    const { code, out } = await run(main, part, "-D", "VALUE=7", "-I", files.folder, "--call", "go");
    expect(out).toMatch(/\] 42 7\n$/);
    expect(code).toBe(0);
    expect((await run(main, part, "-D", "VALUE=7", "--call", "gone")).err).toContain(
      "no function gone to call; there are: go, part",
    );
  });

  it("prints only the first report in single-shot mode, and panics if told to", async () => {
    const twice = files.file("twice.c", BUG.replace("p[size] = 1;", "p[size] = 1; p[size] = 2;"));
    const count = (text: string) => text.split("BUG: KASAN").length - 1;
    expect(count((await run(twice)).out)).toBe(2);
    expect(count((await run(twice, "--single-shot")).out)).toBe(1);
    const panicked = await run(twice, "--panic-on-warn");
    expect(count(panicked.out)).toBe(1);
    expect(panicked.out).toContain("Kernel panic - not syncing: KASAN: panic_on_warn set ...");
    expect(panicked.code).toBe(1);
  });

  it("writes the output file whole or not at all", async () => {
    const bug = files.file("bug.c", BUG);
    const output = join(files.folder, "out.txt");
    const { out } = await run(bug, "-o", output);
    expect(out).toBe("");
    expect(readFileSync(output, "utf8")).toContain("BUG: KASAN");
    const nowhere = join(files.folder, "missing", "out.txt");
    expect(await run(bug, "-o", nowhere)).toMatchObject({ code: 2 });
    expect(existsSync(nowhere)).toBe(false);
    expect(readdirSync(files.folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("stops an endless loop at the timeout, with its stack, and exits 3", async () => {
    const loop = files.file("loop.c", BUG.replace("p[size] = 1;", 'for (;;) asm volatile("");'));
    const { code, out, err } = await run(loop, "--timeout", "0.3");
    expect(code).toBe(3);
    expect(out).toContain("bug_init+0x");
    expect(err).toBe(
      "kasan: loop: no KASAN report, the guest was stopped at the timeout, in bug_init() [loop], task insmod/100 on CPU 0\n",
    );
  });

  it("tells in JSON what stopped a guest, and where", async () => {
    const loop = files.file("loop.c", BUG.replace("p[size] = 1;", 'for (;;) asm volatile("");'));
    const { out } = await run(loop, "--timeout", "0.3", "--format", "json");
    const task = { comm: "insmod", pid: 100 };
    expect(JSON.parse(out).end).toEqual({ stopped: "timeout", task, cpu: 0, function: "bug_init", module: "loop" });
  });

  it("keeps a module loaded while its timers run", async () => {
    const source = `#include <linux/module.h>
#include <linux/timer.h>
static int fired;
static struct timer_list timer;
static void fire(struct timer_list *unused) { fired++; mod_timer(&timer, jiffies + HZ); }
static int __init start(void) { timer_setup(&timer, fire, 0); mod_timer(&timer, jiffies + HZ); return 0; }
static void __exit end(void) { timer_delete_sync(&timer); pr_info("fired %d times\\n", fired); }
module_init(start);
module_exit(end);`;
    const timer = files.file("timer.c", source);
    expect((await run(timer, "--stay", "10.5")).out).toContain("fired 10 times");
    expect((await run(timer)).out).toContain("fired 0 times");
    expect(await run(timer, "--stay", "-1")).toMatchObject({ code: 2 });
  });

  it("says which thread was busy at the timeout, and in which function", async () => {
    const source = `#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
static noinline void spin(void) { for (;;) asm volatile(""); }
static int work(void *unused) { spin(); return 0; }
static int __init start(void) { kthread_run(work, NULL, "worker"); msleep(10); return 0; }
module_init(start);`;
    const busy = files.file("busy.c", source);
    const { code, err } = await run(busy, "--timeout", "0.5");
    expect(code).toBe(3);
    // On a busy host, the thread may not have come further than the call.
    expect(err).toMatch(/stopped at the timeout, in (?:spin|work)\(\) \[busy\], task worker\/101 on CPU 0\n/);
  });

  it.each([
    ["--config x", "--config is the configuration of"],
    ["--strict", "--strict is about what is missing of"],
    ["--auto-files 3", "--auto-files limits what is compiled in from"],
    ["--no-auto", "--no-auto limits what is compiled in from"],
    ["--replace f=f.c", "--replace is for functions of"],
    ["--list-missing", "--list-missing is about what is compiled in from"],
  ])("refuses %s without a kernel's source", async (flag, what) => {
    const { code, err } = await run(files.file("bug.c", BUG), ...flag.split(" "));
    expect(code).toBe(2);
    expect(err).toBe(`kasan: ${what} a kernel's source: give --kernel-tree as well\n`);
  });

  it("prints what the run cost", async () => {
    const { err } = await run(files.file("bug.c", BUG), "--stats");
    for (const row of ["memory", "shadow", "page tables", "TLB", "checks", "allocations"])
      expect(err).toMatch(new RegExp(`^${row} `, "m"));
  });
});

describe("kasan run of a Makefile's module", () => {
  const MAKEFILE = `ifneq ($(KERNELRELEASE),)
obj-m := my-drv.o
my-drv-objs := main.o \\
	part.o
ccflags-y := -I$(src) -DGREETING=\\"hi\\"
CFLAGS_main.o := -DMAIN -include $(src)/first.h
KASAN_SANITIZE_part.o := n
else
KDIR ?= /lib/modules/$(shell uname -r)/build
all:
	$(MAKE) -C $(KDIR) M=$(PWD) modules
endif
`;
  const PART = `#include <first.h>
#ifdef MAIN
#error MAIN is for main.c
#endif
void part(volatile char *p) { p[8] = 1; }
`;
  const MAIN = `#include <linux/module.h>
#include <linux/slab.h>
static int __init main_init(void)
{
	volatile char *p = kmalloc(MAIN * 8, GFP_KERNEL);

	pr_info(GREETING "\\n");
	part(p);
	p[9] = 1;
	kfree((void *)p);
	return 0;
}
module_init(main_init);
`;

  it("compiles its files with the flags of each, and names it as the Makefile does", async () => {
    files.file("main.c", MAIN);
    files.file("part.c", PART);
    files.file("first.h", "void part(volatile char *p);\n");
    const { code, out, err } = await run(`${files.file("Makefile", MAKEFILE)}:my-drv.ko`);
    expect(err).toBe("kasan: my_drv: 1 KASAN report\n");
    expect(code).toBe(1);
    expect(out).toMatch(/\] hi\n/);
    expect(out).toMatch(/slab-out-of-bounds in main_init\+0x[0-9a-f]+\/0x[0-9a-f]+ \[my_drv\]\n/);
    expect(out).not.toMatch(/out-of-bounds in part/);
  });

  it("refuses one that there is not, with what there is", async () => {
    const path = files.file("Makefile", MAKEFILE);
    const { code, err } = await run(`${path}:other.ko`);
    expect({ code, err }).toEqual({ code: 2, err: `kasan: ${path}: no module other.ko\nIt describes: my-drv.ko\n` });
    const missing = await kasan("compare-modes", path);
    expect(missing.code).toBe(2);
    expect(missing.err).toBe(`kasan: ${path}: my-drv.ko has main.o, and there is no ${join(files.folder, "main.c")}\n`);
  });
});

describe("kasan run --stats", () => {
  const AREAS = `#include <linux/module.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>
static int __init areas_init(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	void *freed;

	vmalloc(5000);
	vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	vm_map_ram(&page, 1, NUMA_NO_NODE);
	freed = vmalloc(1);
	vfree(freed);
	return 0;
}
module_init(areas_init);
`;

  it("prints /proc/vmallocinfo as the kernel does: who asked for which area, and what waits for the purge", async () => {
    const { err } = await run(files.file("areas.c", AREAS), "--stats");
    const lines = err.split("\n").filter((line) => line.startsWith("0x"));
    const place = /^0x[0-9a-f]{16}-0x[0-9a-f]{16} +\d+ /;
    for (const line of lines) expect(line).toMatch(place);
    const rest = lines.map((line) => line.replace(place, "").replaceAll(/\+0x[0-9a-f]+\/0x[0-9a-f]+/g, ""));
    expect(rest).toEqual(
      expect.arrayContaining([
        "kernel_clone pages=8 vmalloc",
        "areas_init [areas] pages=2 vmalloc",
        "areas_init [areas] vmap",
        "vm_map_ram",
        expect.stringMatching(/^execmem_alloc pages=\d+ vmalloc$/),
        "unpurged vm_area",
      ]),
    );
    expect(lines.find((line) => line.includes("pages=2 vmalloc"))).toMatch(
      /^0xffffc9000000[0-9a-f]{4}-0xffffc9000000[0-9a-f]{4} {3}12288 areas_init\+0x[0-9a-f]+\/0x[0-9a-f]+ \[areas\] /,
    );
  });

  it("and in JSON", async () => {
    const { out } = await run(files.file("areas.c", AREAS), "--format", "json");
    const result = JSON.parse(out);
    const validate = new Ajv({ strict: false }).compile(schema);
    expect(validate(result), JSON.stringify(validate.errors)).toBe(true);
    const kinds = result.stats.vmallocinfo.map(({ kind }: { kind: string }) => kind);
    expect(new Set(kinds)).toEqual(new Set(["vmalloc", "vmap", "vm_map_ram", "unpurged"]));
    expect(kinds.at(-1)).toBe("unpurged");
  });
});

describe("KUnit suites in JSON", () => {
  it("fit the published schema, with the reports that each case provoked", async () => {
    const suite = files.file(
      "suite.c",
      `#include <kunit/test.h>
#include <linux/slab.h>
static void good(struct kunit *test) { KUNIT_EXPECT_EQ(test, 1, 1); }
static void bad(struct kunit *test) { KUNIT_EXPECT_EQ(test, 1, 2); }
static void skipped(struct kunit *test) { kunit_skip(test, "not today"); }
static void reports(struct kunit *test)
{
	volatile char *p = kmalloc(10, GFP_KERNEL);

	p[10] = 1;
	kfree((void *)p);
}
static struct kunit_case cases[] = { KUNIT_CASE(good), KUNIT_CASE(bad), KUNIT_CASE(skipped), KUNIT_CASE(reports), {} };
static struct kunit_suite suite = { .name = "all", .test_cases = cases };
kunit_test_suite(suite);
`,
    );
    const { code, out } = await run(suite, "--format", "json");
    expect(code).toBe(1);
    const result = JSON.parse(out);
    const validate = new Ajv({ strict: false }).compile(schema);
    expect(validate(result), JSON.stringify(validate.errors)).toBe(true);
    expect(result.tests).toMatchObject([
      {
        name: "all",
        status: "not ok",
        cases: [
          { name: "good", status: "ok", reports: [] },
          { name: "bad", status: "not ok", reports: [] },
          { name: "skipped", status: "skip", comment: "not today" },
          { name: "reports", reports: [0] },
        ],
      },
    ]);
    expect(result.reports).toHaveLength(1);
  });
});

describe("bad input", () => {
  const refused = async (...args: string[]) => {
    const { code, out, err } = await run(...args);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).not.toMatch(/^ {4}at /m);
    return err;
  };

  it.each([
    ["a file that is not there", () => join(files.folder, "none.c"), /none\.c: no such file\n$/],
    ["a folder", () => files.folder, /a folder; give C files or one WebAssembly file\n$/],
    ["an empty file", () => files.file("empty.c", ""), /empty\.c: empty;/],
    ["noise", () => files.file("noise.c", noise(100_000)), /noise\.c: neither C nor WebAssembly\n$/],
    [
      "100 MB of noise",
      () => files.file("big.c", noise(100_000_000)),
      /big\.c: 95 MB; C and WebAssembly files of up to 32 MB are taken\n$/,
    ],
    [
      "half a WebAssembly module",
      () => files.file("half.wasm", Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 200)),
      /not a usable WebAssembly module: /,
    ],
    [
      "text that is no C",
      () => files.file("text.c", "Dear compiler,\n"),
      /^kasan: the C code does not compile\n.*text\.c:1:1: error: .*\n/,
    ],
    [
      "no module_init",
      () => files.file("idle.c", "int idle(void) { return 0; }\n"),
      /nothing to run: no module_init\(\), no KUnit suite; mark a function with module_init\(\), or name one with --call\n$/,
    ],
  ])("%s", async (_, path, message) => {
    expect(await refused(path())).toMatch(message);
  });

  it("a call of a function that nothing provides: its name, the place, and where the list is", async () => {
    const path = files.file(
      "calls.c",
      "#include <linux/module.h>\nint frobnicate(int x);\nstatic int __init go(void)\n{\n\treturn frobnicate(1);\n}\nmodule_init(go);\n",
    );
    const err = await refused(path);
    expect(err).toContain("nothing provides frobnicate; the provided functions are listed by: kasan functions");
    expect(err).toMatch(/function frobnicate, called at .*calls\.c:5/);
  });

  it.each([
    [["--memory", "5"], /5 bytes of memory; give whole megabytes, 16M to 2048M/],
    [["--memory", "lots"], /"lots" is not a size/],
    [["--levels", "3"], /levels of x86-64 is 4 or 5, not 3/],
    [["--timeout", "0"], /not a number of seconds above 0/],
    [["--colour"], /unknown option '--colour'/],
  ])("option %s", async (args, message) => {
    expect(await refused(files.file("bug.c", BUG), ...args)).toMatch(message);
  });
});

/** Bytes that look like nothing. */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, x = 1; i < length; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) | 0;
    bytes[i] = x >>> 24;
  }
  return bytes;
}

it("lists the functions that guests can call", async () => {
  const { out } = await kasan("functions");
  const names = out.trim().split("\n");
  expect(names).toEqual(expect.arrayContaining(["kfree", "vfree", "_printk", "strlen", "snprintf"]));
});

it("shows help with examples, the version, and completions", async () => {
  expect((await run("--help")).out).toContain("Examples:");
  expect((await kasan("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect((await kasan("--help")).code).toBe(0);
});
