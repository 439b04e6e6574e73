import { afterAll, describe, expect, test } from "vitest";
import { kasan, run, scratch } from "./harness.ts";

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

/** The bugs that each tag mode missed, and why. */
async function missed(path: string, seed = "0"): Promise<Record<string, unknown>> {
  const { out } = await kasan("compare-modes", path, "--format", "json", "--seed", seed);
  const { modes } = JSON.parse(out) as { modes: { mode: string; missed?: { report: string; cause: string }[] }[] };
  const told = modes.map(({ mode, missed: misses = [] }) => [mode, misses.map((one) => `${one.report}: ${one.cause}`)]);
  return Object.fromEntries(told.filter(([, misses]) => misses.length > 0));
}
const inBoth = (what: string) => ({ sw_tags: [what], hw_tags: [what] });

describe("what modes with tags miss", { timeout: 180_000 }, () => {
  test.each(LAST_GRANULE)("%s: in an object's last granule, whatever the seed", async (_name, path, report) => {
    for (const seed of ["0", "5"]) expect(await missed(path, seed)).toEqual(inBoth(`${report}: last-granule`));
  });

  test("nothing one byte further: that is another granule, with another tag", async () => {
    expect(await missed(module("far", write("kmalloc(13, GFP_KERNEL)", 16)))).toEqual({});
  });

  test("what lies behind an object whose neighbour has the same tag, by chance", async () => {
    expect(await missed(NEIGHBOUR)).toEqual(inBoth("slab-out-of-bounds Read: chance"));
  });

  test("what lies behind variables that have no tags", async () => {
    expect(await missed(GLOBAL)).toEqual(inBoth("global-out-of-bounds Write: untagged"));
    expect(await missed(STACK)).toEqual({ hw_tags: ["stack-out-of-bounds Write: untagged"] });
  });

  test("nothing, that generic mode knows of", async () => {
    expect(await missed(module("good", write("kmalloc(13, GFP_KERNEL)", 12)))).toEqual({});
  });
});

test("kasan run says how likely a miss is, where tags are compared and nothing was found", async () => {
  const path = LAST_GRANULE[0][1];
  const errorsOf = (mode: string, ...options: string[]) =>
    run(path, "--arch", "arm64", "--mode", mode, ...options).then(({ err }) => err);
  expect(await errorsOf("sw_tags")).toMatch(
    /no KASAN report \(a bad access is missed if two random tags agree, 1 time in 254, .*compare-modes/,
  );
  expect(await errorsOf("hw_tags")).toContain("1 time in 14, ");
  expect(await errorsOf("hw_tags", "--boot-param", "kasan=off")).not.toContain("random tags");
  expect(await errorsOf("generic")).not.toContain("random tags");
});
