import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { SCHEMES } from "@kasan/vmalloc";
import Ajv from "ajv/dist/2020.js";
import { afterAll, describe, expect, it } from "vitest";
import { kasan, publishedSchema, run, scratch } from "./harness.ts";

const { file, folder, remove } = scratch();
afterAll(remove);

/** Whether an output fits its published schema. */
function expectToFit(name: string, output: unknown): void {
  const schema = publishedSchema(`${name}`);
  const validate = new Ajv({ strict: false }).compile(schema);
  expect(validate(output), JSON.stringify(validate.errors)).toBe(true);
}

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
    const { code, out } = await run(program, "--vmalloc-shadow", scheme);
    expect(out.includes("BUG: KASAN: vmalloc-out-of-bounds")).toBe(scheme !== "early");
    expect(code).toBe(scheme === "early" ? 0 : 1);
  });

  const wild = file(
    "wild.c",
    PROGRAM.replace("p[5000];", "vfree((void *)p); vm_unmap_aliases(); p = vmalloc(4096); *(p + 0x10000000);"),
  );
  it("an access far from any area: a fault on the shadow, or a report first", async () => {
    const lazy = await run(wild);
    expect(lazy.code).toBe(3);
    expect(lazy.out).not.toContain("BUG: KASAN");
    const probed = await run(wild, "--probe-shadow");
    expect(probed.out).toContain("BUG: KASAN: vmalloc-out-of-bounds");
    for (const command of ["run", "compare-shadow"]) {
      const { code, out, err } = await kasan(command, wild, "--probe-shadow", "--instrument", "inline");
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toMatch(/--probe-shadow is for checks that are calls: leave out --instrument inline$/m);
    }
    const poison = await run(wild, "--vmalloc-shadow", "poison");
    expect(poison.out).toContain("BUG: KASAN: vmalloc-out-of-bounds");
    const flip = await run(wild, "--vmalloc-shadow", "flip");
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
    const faults = await run(stack, "--vmalloc-shadow", "early", "--vmap-stack");
    expect(faults.code).toBe(3);
    expect(faults.out).toContain("#PF: supervisor write access in kernel mode");
    expect(faults.out).toContain("permissions violation");
    expect((await run(stack, "--vmalloc-shadow", "early")).code).toBe(0);
    expect((await run(stack, "--no-vmap-stack")).code).toBe(0);
  });

  it("an unknown scheme", async () => {
    const { code, err } = await run(program, "--vmalloc-shadow", "eager");
    expect(code).toBe(2);
    expect(err).toContain("no scheme is called eager; there are early, keep, lazy");
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
    const output = JSON.parse(out);
    expectToFit("compare-shadow", output);
    const { schemes } = output;
    expect(schemes.map(({ scheme }: { scheme: string }) => scheme)).toEqual(["keep", "lazy"]);
    for (const { history, shadowPagesPeak } of schemes) {
      expect(Math.max(...history.map(([, pages]: [number, number]) => pages))).toBe(shadowPagesPeak);
    }
  });
});

describe("kasan compare-shadow with the common programs", () => {
  // Under early, keep, lazy, mainline, refcount, flip and poison.
  const EXPECTED = {
    "in bounds": "clean clean clean clean clean clean clean",
    "past the end": "missed detected detected detected detected detected detected",
    "guard page": "crashed detected detected detected detected detected detected",
    "after vfree": "missed detected detected detected detected detected detected",
    "after purge": "crashed detected crashed crashed crashed crashed detected",
    neighbour: "missed missed missed missed missed missed missed",
    stack: "crashed detected detected detected detected detected detected",
    "module global": "detected detected detected detected detected detected detected",
  };

  it("says what each scheme finds, misses and costs", async () => {
    const { code, out } = await kasan("compare-shadow", "--format", "json");
    expect(code).toBe(0);
    const output = JSON.parse(out);
    expectToFit("compare-shadow", output);
    const { programs, totals } = output;
    const verdicts = programs.map(({ name, schemes }: { name: string; schemes: { verdict: string }[] }) => [
      name,
      schemes.map(({ verdict }) => verdict).join(" "),
    ]);
    expect(Object.fromEntries(verdicts)).toEqual(EXPECTED);
    const atEnd = new Map(
      totals.map((one: { scheme: string; shadowPagesAtEnd: number }) => [one.scheme, one.shadowPagesAtEnd]),
    );
    expect(atEnd.get("lazy")).toBeLessThan(atEnd.get("mainline") as number);
    expect(atEnd.get("mainline")).toBeLessThan(atEnd.get("keep") as number);
  });

  it("as a page with the pages of shadow over time", async () => {
    const { out } = await kasan("compare-shadow", "--vmalloc-shadow", "early,lazy", "--format", "html");
    expect(out.match(/<path class="line s2" /g)).toHaveLength(2 * 8);
    expect(out).toContain("A freed area after the purge");
    expect(out).toMatch(
      />after vfree<\/th><td><span class="mark bad">missed<\/span><\/td><td><span class="mark good">detected</,
    );
  });

  it("as tables, with what a bad access looks like", async () => {
    const { out } = await kasan("compare-shadow", "--vmalloc-shadow", "early,lazy");
    expect(out).toMatch(/^guard page +crashed +detected\*$/m);
    expect(out).toMatch(/^after purge +early +BUG: unable to handle page fault for address: ffffc9/m);
    expect(out).toMatch(/^after purge +lazy +BUG: unable to handle page fault for address: fffff52/m);
    expect(out).toMatch(
      /^past the end +lazy +BUG: KASAN: vmalloc-out-of-bounds in past_the_end_init \[past_the_end\]$/m,
    );
  });

  it("a program of one's own may say what is wrong with it", async () => {
    const harmless = file("harmless.c", `/*\n * Looks worse than it is.\n *\n * expect: nothing\n */${PROGRAM}`);
    const { out } = await kasan("compare-shadow", harmless, "--vmalloc-shadow", "early,lazy");
    expect(out).toMatch(/^early +clean +nothing /m);
    expect(out).toMatch(/^lazy +false report +vmalloc-out-of-bounds Read /m);
    const common = await kasan("compare-shadow", harmless, "--common", "--vmalloc-shadow", "lazy");
    expect(common.out).toMatch(/harmless\.c +false report$/m);
  });

  it.each([
    ["no time", ["--timeout", "soon"], /not a number of seconds above 0/],
    ["an unknown scheme", ["--vmalloc-shadow", "lazy,x"], /"x" is not one of: all, early/],
    ["no file", ["/nowhere/bug.c"], /no such file/],
    ["an unknown form", ["--format", "xml"], /Allowed choices are text, json/],
  ])("%s is an error", async (_, args, message) => {
    const { code, out, err } = await kasan("compare-shadow", ...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(message);
  });
});

/** vmalloc's events of a 6.12 kernel. */
const TRACE_OF_LINUX = new URL(
  "../../../../shared/oracle/x86_64-4level-generic-vmalloc-trace/trace.txt.zst",
  import.meta.url,
);

describe.skipIf(!existsSync(TRACE_OF_LINUX))("docs/linux-mm.md (skipped without ../shared/oracle)", () => {
  it("has the figures of the trace", async () => {
    const { out } = await kasan("replay", fileURLToPath(TRACE_OF_LINUX), "--vmalloc-shadow", "lazy,mainline");
    const page = readFileSync(join(import.meta.dirname, "../../../docs/linux-mm.md"), "utf8");
    const documented = [...page.matchAll(/^\| (lazy|mainline) \| (.*) \|$/gm)].map(([, name, cells]) => [
      name,
      ...cells.split(" | "),
    ]);
    const printed = [...out.matchAll(/^(lazy|mainline) +(\d+) +(\d+) +(\d+) +(\d+) +\d+$/gm)].map((row) =>
      row.slice(1),
    );
    expect(documented).toEqual(printed);
    expect(documented).toHaveLength(2);
    expect(out).toContain("46 areas at the end");
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

pages of shadow after events  areas  keep  lazy  mainline
                           1      1     2     2         2
                           2      0     2     2         2
                           3      0     2     0         1
`,
    );
  });

  it("reads compressed traces, and prints JSON", async () => {
    const { out } = await kasan("replay", file("trace.gz", gzipSync(lines.join("\n"))), "--format", "json");
    const output = JSON.parse(out);
    expectToFit("replay", output);
    const { events, skipped, schemes } = output;
    expect([events, skipped, schemes.lazy.shadowPagesPeak, schemes.lazy.shadowPagesAtEnd]).toEqual([3, 1, 2, 0]);
  });

  it("draws the pages of shadow", async () => {
    const [svg, html] = [join(folder, "replay.svg"), join(folder, "replay.html")];
    expect((await kasan("replay", trace, "--format", "svg", "-o", svg)).code).toBe(0);
    expect((await kasan("replay", trace, "--format", "html", "-o", html)).code).toBe(0);
    expect(readFileSync(svg, "utf8")).toContain(
      "most pages of shadow: early: 0; keep: 2; lazy, refcount, flip, poison: 2; mainline: 2",
    );
    expect(readFileSync(html, "utf8")).toMatch(
      /<th scope="row">mainline<\/th><td class="number">2<\/td><td class="number">1<\/td>/,
    );
  });

  it.each([
    ["no trace", [file("other.txt", "nothing of the kind\n")], /no vmalloc events in it/],
    ["no file", ["/nowhere/trace.txt"], /no such file/],
    ["an unknown scheme", [trace, "--vmalloc-shadow", "x"], /"x" is not one of: all, early/],
  ])("%s is an error", async (_, args, message) => {
    const { code, err } = await kasan("replay", ...args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
