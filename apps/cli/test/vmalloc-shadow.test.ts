import { gzipSync } from "node:zlib";
import { SCHEMES } from "@kasan/vmalloc";
import { afterAll, describe, expect, it } from "vitest";
import { kasan, scratch } from "./harness.ts";

const { file, remove } = scratch();
afterAll(remove);

const PROGRAM = `
#include <linux/module.h>
#include <linux/vmalloc.h>
static int __init start(void)
{
	volatile char *p = vmalloc(5000);

	p[5000];
	vfree((void *)p);
	return 0;
}
module_init(start);
`;

describe("kasan run --vmalloc-shadow", () => {
  const program = file("vmalloc.c", PROGRAM);
  it.each(Object.keys(SCHEMES))("%s", async (scheme) => {
    const { code, out } = await kasan("run", program, "--vmalloc-shadow", scheme);
    expect(out.includes("BUG: KASAN: vmalloc-out-of-bounds")).toBe(scheme !== "early");
    expect(code).toBe(scheme === "early" ? 0 : 1);
  });

  const wild = file(
    "wild.c",
    PROGRAM.replace("p[5000];", "vfree((void *)p); vm_unmap_aliases(); p = vmalloc(4096); *(p + 0x10000000);"),
  );
  it("an access far from any area: a fault on the shadow, or a report first", async () => {
    const lazy = await kasan("run", wild);
    expect(lazy.code).toBe(3);
    expect(lazy.out).not.toContain("BUG: KASAN");
    const probed = await kasan("run", wild, "--probe-shadow");
    expect(probed.out).toContain("BUG: KASAN: vmalloc-out-of-bounds");
    const poison = await kasan("run", wild, "--vmalloc-shadow", "poison");
    expect(poison.out).toContain("BUG: KASAN: vmalloc-out-of-bounds");
    const flip = await kasan("run", wild, "--vmalloc-shadow", "flip");
    expect(flip.out).not.toContain("BUG: KASAN");
    expect(flip.code).toBe(3);
  });

  it("a stack in vmalloc space that has no shadow of its own faults when that is written", async () => {
    const stack = file(
      "stack.c",
      `#include <linux/module.h>
       static noinline void fill(volatile char *p) { for (int i = 0; i < 32; i++) p[i] = i; }
       static int __init start(void) { char buffer[32]; pr_info("%px\\n", buffer); fill(buffer); return 0; }
       module_init(start);`,
    );
    const faults = await kasan("run", stack, "--vmalloc-shadow", "early", "--vmap-stack");
    expect(faults.code).toBe(3);
    expect(faults.out).toContain("#PF: supervisor write access in kernel mode");
    expect(faults.out).toContain("permissions violation");
    expect((await kasan("run", stack, "--vmalloc-shadow", "early")).code).toBe(0);
    expect((await kasan("run", stack, "--no-vmap-stack")).code).toBe(0);
  });

  it("an unknown scheme", async () => {
    const { code, err } = await kasan("run", program, "--vmalloc-shadow", "eager");
    expect(code).toBe(2);
    expect(err).toContain("Allowed choices are early, keep, lazy");
  });
});

describe("kasan compare-shadow", () => {
  const program = file("compare.c", PROGRAM);
  it("prints a row for each scheme", async () => {
    const { code, out } = await kasan("compare-shadow", program);
    expect(code).toBe(0);
    expect(
      out
        .trim()
        .split("\n")
        .map((line) => line.split(/ {2,}/).slice(0, 2)),
    ).toEqual([
      ["scheme", "found"],
      ["early", "nothing"],
      ...["keep", "lazy", "mainline", "refcount", "flip", "poison"].map((name) => [name, "vmalloc-out-of-bounds Read"]),
    ]);
  });

  it("or JSON, with the pages of shadow over time", async () => {
    const { out } = await kasan("compare-shadow", program, "--vmalloc-shadow", "keep,lazy", "--format", "json");
    const { schemes } = JSON.parse(out);
    expect(schemes.map(({ scheme }: { scheme: string }) => scheme)).toEqual(["keep", "lazy"]);
    for (const { history, shadowPagesPeak } of schemes) {
      expect(Math.max(...history.map(([, pages]: [number, number]) => pages))).toBe(shadowPagesPeak);
    }
  });
});

describe("kasan replay", () => {
  const lines = [
    "alloc_vmap_area: va_start: 18446683600570023936 size=36864 align=1 vstart=0xffffc90000000000 vend=0xffffe8ffffffffff failed=0",
    "free_vmap_area_noflush: va_start=0xffffc90000000000 nr_lazy=9 nr_lazy_max=16384",
    "purge_vmap_area_lazy: start=0xffffc90000000000 end=0xffffc90000009000 num_purged=1",
    "alloc_vmap_area: va_start: 184466",
  ];
  const trace = file("trace.txt", lines.join("\n"));

  it("prints what each scheme would cost, and what was left out", async () => {
    const { code, out } = await kasan("replay", trace, "--vmalloc-shadow", "keep,lazy,mainline");
    expect(code).toBe(0);
    expect(out.replace(/^\S*trace.txt/, "trace.txt")).toBe(
      `trace.txt: 3 events, 0 areas at the end
  left out: 1 damaged or cut lines
    line 4: alloc_vmap_area: va_start: 184466

pages of shadow  peak  at the end  came  went  flushes
keep                2           2     2     0        0
lazy                2           0     2     2        1
mainline            2           1     2     1        1
`,
    );
  });

  it("reads compressed traces, and prints JSON", async () => {
    const { out } = await kasan("replay", file("trace.gz", gzipSync(lines.join("\n"))), "--format", "json");
    const { events, skipped, schemes } = JSON.parse(out);
    expect([events, skipped, schemes.lazy.shadowPagesPeak, schemes.lazy.shadowPagesAtEnd]).toEqual([3, 1, 2, 0]);
  });

  it.each([
    ["no trace", [file("other.txt", "nothing of the kind\n")], /no vmalloc events in it/],
    ["no file", ["/nowhere/trace.txt"], /no such file/],
    ["an unknown scheme", [trace, "--vmalloc-shadow", "x"], /"x" is none of: all, early/],
  ])("%s is an error", async (_, args, message) => {
    const { code, err } = await kasan("replay", ...args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
