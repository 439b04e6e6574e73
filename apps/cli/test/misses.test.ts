import { afterAll, describe, expect, test } from "vitest";
import { kasan, scratch } from "./harness.ts";

const { file, remove } = scratch();
afterAll(remove);

/** A module whose init function does this. */
const module = (name: string, body: string, globals = "") =>
  file(
    `${name}.c`,
    `#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
${globals}
static int __init start(void)
{
${body}
	return 0;
}
module_init(start);
`,
  );

const write = (allocation: string, at: number) => `
	volatile char *p = ${allocation};

	if (!p)
		return -ENOMEM;
	p[${at}] = 1;`;

/** Bad accesses that stay in an object's last granule of 16 bytes. */
const LAST_GRANULE: [name: string, source: string, report: string][] = [
  ["slab", module("slab", write("kmalloc(13, GFP_KERNEL)", 14)), "slab-out-of-bounds Write"],
  ["slab_24", module("slab_24", write("kmalloc(24, GFP_KERNEL)", 31)), "slab-out-of-bounds Write"],
  ["page", module("page", write("kmalloc(100003, GFP_KERNEL)", 100007)), "slab-out-of-bounds Write"],
  ["vmalloc", module("vmalloc", write("vmalloc(100)", 111)), "vmalloc-out-of-bounds Write"],
];

/** Reads behind an object of 16 bytes whose neighbour, if it can find one, has the same tag: then the two pointers differ by 16. */
const NEIGHBOUR = module(
  "neighbour",
  `
	volatile char *victim;
	int i;

	for (i = 0; i < COUNT; i++) {
		objects[i] = kmalloc(16, GFP_KERNEL);
		/* Every other tag that is drawn is even. */
		if (!objects[i] || !kmalloc(64, GFP_KERNEL))
			return -ENOMEM;
	}
	victim = objects[0];
	for (i = 0; i + 1 < COUNT; i++)
		if (objects[i + 1] == objects[i] + 16)
			victim = objects[i];
	(void)victim[16];`,
  "#define COUNT 3000\nstatic char *objects[COUNT];",
);

const STACK = module(
  "stack",
  `
	char room[64];
	char *p = room;

	OPTIMIZER_HIDE_VAR(p);
	bad();`,
  `static noinline void bad(void)
{
	char bytes[32];
	char *p = bytes;

	OPTIMIZER_HIDE_VAR(p);
	((volatile char *)p)[35] = 1;
}`,
);
const GLOBAL = module(
  "global",
  `
	char *p = bytes;

	OPTIMIZER_HIDE_VAR(p);
	((volatile char *)p)[35] = 1;`,
  "static char bytes[32];",
);

const run = (path: string, mode: string, ...options: string[]) =>
  kasan("run", path, "--arch", "arm64", "--mode", mode, ...options);

const CHANCE = {
  sw_tags: "two random tags agreed, with a chance of 1 in 254: other seeds give other tags)",
  hw_tags: "two random tags agreed, with a chance of 1 in 14: other seeds give other tags)",
};

describe.each(["sw_tags", "hw_tags"] as const)("what %s misses", { timeout: 180_000 }, (mode) => {
  test.each(LAST_GRANULE)("%s: in an object's last granule, whatever the seed", async (_name, path, report) => {
    for (const seed of ["0", "5"]) {
      const { code, err } = await run(path, mode, "--seed", seed);
      expect(code).toBe(0);
      const why = "inside the object's last granule of 16 bytes, which has one tag: no seed finds it";
      expect(err).toContain(`no KASAN report (missed, as generic mode shows: ${report}: ${why})\n`);
      expect(err).not.toContain("chance");
    }
  });

  test("one byte further is another granule, with another tag", async () => {
    const { code, out } = await run(module("far", write("kmalloc(13, GFP_KERNEL)", 16)), mode);
    expect(code).toBe(1);
    expect(out).toContain("BUG: KASAN: ");
  });

  test("behind an object whose neighbour has the same tag, by chance", async () => {
    const { code, err } = await run(NEIGHBOUR, mode);
    expect(code).toBe(0);
    expect(err).toContain(`(missed, as generic mode shows: slab-out-of-bounds Read: ${CHANCE[mode]}`);
  });

  test("behind variables that have no tags", async () => {
    const globals = await run(GLOBAL, mode);
    expect(globals.code).toBe(0);
    expect(globals.err).toMatch(/global-out-of-bounds Write: globals .*have no tags: no seed finds it/);
    const stack = await run(STACK, mode);
    if (mode === "sw_tags") expect(stack.out).toContain("BUG: KASAN: ");
    else expect(stack.err).toContain("stack-out-of-bounds Write: globals and the stack have no tags");
  });

  test("nothing, that generic mode knows of", async () => {
    const { code, err } = await run(module("good", write("kmalloc(13, GFP_KERNEL)", 12)), mode);
    expect(code).toBe(0);
    expect(err).toMatch(/no KASAN report \(two random tags agree with a chance of 1 in \d+: so likely is it /);
    const off = await run(LAST_GRANULE[0]![1], mode, ...(mode === "hw_tags" ? ["--boot-param", "kasan=off"] : []));
    expect(off.err.includes("(")).toBe(mode === "sw_tags");
  });
});
