import { Fuzzer, type Target } from "@kasan/fuzz";
import { bootParameters } from "@kasan/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FuzzOptions, FuzzSession } from "../src/index.ts";
import { fuzzOptions } from "./fuzz-options.ts";
import { withFiles } from "./harness.ts";

const SOURCE = `
#include <linux/kfuzztest.h>
#include <linux/module.h>
#include <linux/slab.h>

static int count;
static char *kept;

FUZZ_TEST_SIMPLE(parse)
{
	volatile int spin = 1;

	count++;
	pr_info("input %d of %zu\\n", count, datalen);
	if (datalen == 0)
		return 0;
	switch (data[0]) {
	case 'o':
		return data[datalen];
	case 'k':
		kept = kmalloc(100, GFP_KERNEL);
		memset(kept, data[0], 100);
		return 0;
	case 'f':
		kfree(kept);
		return 0;
	case 'n':
		return *(volatile char *)(long)(datalen - 1);
	case 'b':
		BUG();
	case 'h':
		while (spin)
			;
	}
	return 0;
}
`;
const open = (source: string, more: Partial<FuzzOptions> = {}) =>
  withFiles({ "target.c": source }, (files) => FuzzSession.open(fuzzOptions(files, more)));
const bytes = (text: string) => new TextEncoder().encode(text);

describe("a fuzz session", () => {
  let session: FuzzSession;
  beforeAll(async () => {
    session = await open(SOURCE);
  });
  afterAll(() => session.close());
  const run = (text: string) => {
    const { counters, comparisons, failure } = session.run(bytes(text));
    return { counters: [...counters], comparisons: [...comparisons], failure };
  };

  it("puts an input into an object of its length", () => {
    const { failure } = run("o-------");
    expect(failure?.reports.map(({ bugType, object }) => [bugType, object?.allocSize])).toEqual([
      ["slab-out-of-bounds", 8],
    ]);
    expect(failure?.stopped).toBeUndefined();
    expect(run("").failure).toBeUndefined();
  });

  it("runs each input from the same state, whatever the one before did", () => {
    const first = run("x");
    for (const before of ["k", "f", "o", "n", "b", "kkkk", "", "x"]) {
      run(before);
      expect(session.verifyReset(), before).toBe(true);
      expect(run("x"), before).toEqual(first);
    }
    expect(run("o").failure?.log[0].text).toBe("input 1 of 1");
  });

  it("tells crashes, and where an input was that did not end", () => {
    expect(run("n").failure?.stopped).toBe("oops");
    expect(run("b").failure?.stopped).toBe("oops");
    const { failure } = run("h");
    expect([failure?.stopped, failure?.timeoutSite?.frame?.symbol]).toEqual(["timeout", "kfuzztest_logic_parse"]);
    expect(run("x").failure).toBeUndefined();
  });

  it("tells edges and the cases of switches", () => {
    const passed = (text: string) => run(text).counters.filter((count) => count > 0).length;
    expect(passed("x")).toBeGreaterThan(passed(""));
    const cases = run("x").comparisons.filter(({ constant, right }) => constant && right[0] === 0x78);
    expect(cases.map(({ left }) => String.fromCharCode(left[0])).sort()).toEqual(["b", "f", "h", "k", "n", "o"]);
  });

  it("tells which lines some inputs reach together", async () => {
    const { edges, passed, files } = await session.coverage([bytes("k"), bytes("f")]);
    const lines = files.flatMap(({ lines: all }) => all.filter(({ count }) => count > 0).map(({ line }) => line));
    const lineOf = (text: string) => SOURCE.split("\n").findIndex((line) => line.includes(text)) + 1;
    expect(lines).toContain(lineOf("kfree(kept)"));
    expect(lines).not.toContain(lineOf("spin)"));
    expect(passed).toBeLessThan(edges);
  });
});

describe("what an input may do besides", () => {
  const source = `
#include <linux/bug.h>
#include <linux/kfuzztest.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

static void nothing(struct work_struct *unused) {}
static DECLARE_WORK(work, nothing);
static int initialized;
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv) { initialized = *argc == 0 && !**argv ? 1 : -1; return 0; }

/* Overwrites page descriptors: the allocator finds nothing as it was. */
static void __no_kasan_or_inline destroy(void)
{
	u64 *page = (u64 *)virt_to_page(PAGE_OFFSET);
	int i;

	for (i = 0; i < 4096 * 8; i++)
		WRITE_ONCE(page[i], 0xf5f5f5f5f5f5f5f5ull);
}

FUZZ_TEST_SIMPLE(anything)
{
	switch (datalen ? data[0] : 0) {
	case 'd':
		destroy();
		kfree(kmalloc(100, GFP_KERNEL));
		return 0;
	case 'f':
		kfree(data);
		return 0;
	case 'w':
		WARN_ON(initialized == 1);
		return 0;
	case 't':
		schedule_work(&work);
		flush_work(&work);
	}
	return 0;
}
`;
  let session: FuzzSession;
  beforeAll(async () => {
    session = await open(source, { target: "anything" });
  });
  afterAll(() => session.close());
  const failureOf = (text: string) => session.run(bytes(text)).failure;

  it("an input that destroys the allocator's data does not take the session down", () => {
    expect(failureOf("d")?.stopped).toBeDefined();
    expect(session.verifyReset()).toBe(true);
    expect(failureOf("x")).toBeUndefined();
  });

  it("an input that is freed by the target is freed twice", () => {
    expect(failureOf("f")?.reports.map(({ bugType }) => bugType)).toEqual(["double-free"]);
  });

  it("a warning is a failure; libFuzzer's initialization runs once, before all inputs", () => {
    expect(failureOf("w")?.log.map(({ text }) => text)).toContainEqual(expect.stringMatching(/^WARNING: CPU: 0/));
  });

  it("an input that waits for a thread is a failure, and no more", () => {
    expect(failureOf("t")?.stopped).toBe("thread");
    expect(failureOf("x")).toBeUndefined();
  });

  it("a bug that shows only when leaks are looked for is a failure as well", async () => {
    const late = `#include <linux/kfuzztest.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
struct late { struct rcu_head rcu; char *freed; };
static void use(struct rcu_head *head) { container_of(head, struct late, rcu)->freed[0] = 1; }
FUZZ_TEST_SIMPLE(late)
{
	struct late *late = kmalloc(sizeof(*late), GFP_KERNEL);

	late->freed = kmalloc(8, GFP_KERNEL);
	kfree(late->freed);
	call_rcu(&late->rcu, use);
	return 0;
}
`;
    const boot = bootParameters([["kasan.fault", "panic"]], "generic");
    const { machine } = fuzzOptions([]);
    const looking = await open(late, { leaks: true, machine: { ...machine, boot } });
    const { failure } = looking.run(bytes("x"));
    expect([failure?.reports.map(({ bugType }) => bugType), failure?.stopped]).toEqual([
      ["slab-use-after-free"],
      "panic",
    ]);
    expect(looking.verifyReset()).toBe(true);
    looking.close();
  });

  it("the set-up has a time", async () => {
    const endless =
      "#include <linux/kfuzztest.h>\n#include <linux/module.h>\nFUZZ_TEST_SIMPLE(one) { return 0; }\n" +
      "static int __init start(void) { volatile int spin = 1; while (spin) ; return 0; }\nmodule_init(start);\n";
    await expect(open(endless, { setupTimeout: 0.5 })).rejects.toThrow(
      "the module cannot be set up: it was stopped: timeout",
    );
  });
});

describe("fuzz targets", () => {
  const libFuzzer = `
#include <linux/types.h>
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size) { return size > 2 ? data[size] : 0; }
`;
  it("may be libFuzzer's", async () => {
    const session = await open(libFuzzer);
    expect(session.target).toBe("LLVMFuzzerTestOneInput");
    expect([session.run(bytes("12")).failure, session.run(bytes("123")).failure?.reports.length]).toEqual([
      undefined,
      1,
    ]);
    session.close();
  });

  const two =
    "#include <linux/kfuzztest.h>\nFUZZ_TEST_SIMPLE(one) { return 0; }\nFUZZ_TEST_SIMPLE(two) { return 0; }\n";
  it("are chosen by name", async () => {
    const session = await open(two, { target: "two" });
    expect(session.target).toBe("two");
    session.close();
  });

  const init = (body: string) =>
    `#include <linux/kfuzztest.h>\n#include <linux/module.h>\n#include <linux/slab.h>\n#include <linux/kthread.h>\n#include <linux/delay.h>\n` +
    `FUZZ_TEST_SIMPLE(one) { return 0; }\nstatic int run(void *x) { return 0; }\n` +
    `static int __init start(void) { ${body} }\nmodule_init(start);\n`;
  it("may have threads that nobody waits for: these never run", async () => {
    const session = await open(init('kthread_run(run, NULL, "t"); return 0;'));
    expect(session.run(bytes("x")).failure).toBeUndefined();
    expect(session.verifyReset()).toBe(true);
    session.close();
  });

  it.each([
    ["several and no name", two, {}, "several fuzz targets; choose one with --target: one, two"],
    ["a name that there is not", two, { target: "three" }, "no fuzz target three; there are: one, two"],
    ["none", "int f(void);\nint f(void) { return 0; }\n", {}, "nothing to fuzz: no FUZZ_TEST_SIMPLE()"],
    ["a failing set-up", init("return -5;"), {}, "the module cannot be set up: its init function returned -5"],
    ["a crashing set-up", init("BUG(); return 0;"), {}, "the module cannot be set up: it was stopped: oops"],
    [
      "a bug in the set-up",
      init("char *p = kmalloc(8, GFP_KERNEL); OPTIMIZER_HIDE_VAR(p); p[8] = 1; kfree(p); return 0;"),
      {},
      "the module cannot be set up: KASAN reported slab-out-of-bounds",
    ],
    ["a thread", init('kthread_run(run, NULL, "t"); msleep(1); return 0;'), {}, "the program waits for a thread"],
  ])("are refused: %s", async (_, source, more, message) => {
    await expect(open(source, more)).rejects.toThrow(message);
  });
});

describe("comparisons of bytes", () => {
  const source = `
#include <linux/kfuzztest.h>
#include <linux/slab.h>
#include <linux/string.h>

struct file { char magic[12]; char name[8]; char rest[]; };
static const char secret[12] = { 0x7f, 'P', 'A', 'R', 'T', 0, 1, 2, 0xfe, 0xed, 0xfa, 0xce };

FUZZ_TEST_SIMPLE(file)
{
	struct file *file = (struct file *)data;
	char *copy;

	if (datalen < sizeof(*file) || memcmp(file->magic, secret, sizeof(secret)))
		return -EINVAL;
	if (strnstr(file->name, "=", sizeof(file->name)))
		return -EINVAL;
	copy = kmemdup_nul(file->name, sizeof(file->name), GFP_KERNEL);
	if (strcmp(copy, "initrd") && strncasecmp(copy, "Root_Fs", 7))
		return -EINVAL;
	if (datalen > sizeof(*file) + 4 && !memcmp(file->rest, file->magic, 4))
		return data[datalen];
	return 0;
}
`;
  let session: FuzzSession;
  beforeAll(async () => {
    session = await open(source);
  });
  afterAll(() => session.close());
  const latin1 = (text: Uint8Array) => Buffer.from(text).toString("latin1");
  const compared = (input: Uint8Array) =>
    [...session.run(input).comparisons]
      .filter(({ left, right }) => left.length !== right.length || ![1, 2, 4, 8].includes(left.length))
      .map(({ left, right, constant }) => [latin1(left), latin1(right), constant]);
  const magic = "\x7fPART\0\x01\x02\xfe\xed\xfa\xce";

  it("tell both sides, and which of them the program had from the beginning", () => {
    expect(compared(bytes("twelve bytes12345678"))).toEqual([[magic, "twelve bytes", true]]);
    const input = Buffer.from(`${magic}no-name!`, "latin1");
    expect(compared(input)).toEqual([
      [magic, magic, true],
      ["=", "no-name!", true],
      ["initrd", "no-name!", true],
      ["Root_Fs", "no-name", true],
    ]);
    // What the run before compared is not told again.
    expect(compared(bytes("short"))).toEqual([]);
  });

  it("lead past them", () => {
    const target: Target = (input) => {
      const { counters, comparisons, failure } = session.run(input);
      return { counters, comparisons, ...(failure && { failure: { key: "bug", title: "a bug" } }) };
    };
    const fuzzer = new Fuzzer(target, { seed: 1, maxLength: 64 });
    fuzzer.run({ executions: 20000, until: () => fuzzer.findings.length > 0 });
    expect(fuzzer.findings).toHaveLength(1);
  });
});
