import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { main } from "../src/index.ts";
import { kasan, scratch } from "./harness.ts";

const { file, folder, remove } = scratch();
afterAll(remove);

const BUG = `#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

static void poke(char *p, int i)
{
	p[i] = 'x';
}

static int __init bug_init(void)
{
	char *p = kmalloc(40, GFP_KERNEL);

	for (volatile int i = 0; i < 3; i++)
		poke(p, 40 + i);
	pr_info("between %pS\\n", bug_init);
	kfree(p);
	return p[1];
}
module_init(bug_init);
MODULE_LICENSE("GPL");
`;
const path = file("bug.c", BUG);
const shown = relative(process.cwd(), path);
/** The path as it is printed: the shorter of both. */
const name = shown.length < path.length ? shown : path;
const count = (text: string, what: RegExp) => [...text.matchAll(new RegExp(what, "g"))].length;

describe("the text of kasan run", () => {
  test("functions have their source lines, and the lines of access, allocation and free stand below a report", async () => {
    const { out, err, code } = await kasan("run", path);
    expect(code).toBe(1);
    expect(out).toContain(`BUG: KASAN: slab-out-of-bounds in bug_init (${name}:7 ${name}:15) bug\n`);
    expect(out).toMatch(/\] between bug_init \(\S+bug\.c:\d+\) bug\n/);
    expect(out).toContain(`${name}:7: the bad write, in poke(), inlined at ${name}:15\n`);
    expect(out).toContain("> 7 | \tp[i] = 'x';\n");
    expect(out).toMatch(
      new RegExp(
        `${name.replaceAll(".", "\\.")}:18:\\d+: the bad read\n {2}16 .*\n {2}17 .*\n> 18 \\| \treturn p\\[1\\];\n {5}\\| \t +\\^\n {2}19 .*\n`,
      ),
    );
    expect(out).toMatch(/:12:\d+: allocated here\n> 12 \| \tchar \*p = kmalloc\(40, GFP_KERNEL\);\n {5}\| \t +\^\n/);
    expect(out).toMatch(/:17:\d+: freed here\n> 17 \| \tkfree\(p\);\n/);
    // The loop reports the same three times.
    expect(count(out, /BUG: KASAN: slab-out-of-bounds/)).toBe(1);
    expect(err).toContain(
      "4 KASAN reports (2 of a bug that was reported before, not printed; --all-reports prints all)",
    );
  });

  test("--all-reports, --no-locate: each time, in the kernel's own words", async () => {
    const { out, err } = await kasan("run", path, "--all-reports", "--no-locate");
    expect(count(out, /BUG: KASAN: slab-out-of-bounds in bug_init\+0x[0-9a-f]+\/0x[0-9a-f]+ \[bug\]\n/)).toBe(3);
    expect(out).not.toContain("bug.c");
    expect(out.split("\n").every((line) => line === "" || /^\[ {4}\d\.\d{6}\] /.test(line))).toBe(true);
    expect(err).not.toContain("not printed");
  });

  test("what is printed can be explained, with its source lines", async () => {
    const { out } = await kasan("run", path);
    const { out: explained } = await kasan("explain", file("log.txt", out), "--format", "json");
    const { reports } = JSON.parse(explained);
    expect(reports).toHaveLength(2);
    expect(reports[1]).toMatchObject({ bugType: "slab-use-after-free", file: name, sourceLine: 18 });
  });

  test("on a terminal, frames of the kernel are folded, and colours are used", async () => {
    const printed: string[] = [];
    const streams = {
      out: (text: string) => void printed.push(text),
      err: () => {},
      isTerminal: false,
      outIsTerminal: true,
    };
    expect(await main(["run", path], streams)).toBe(1);
    const out = printed.join("");
    expect(out).toContain("\u001b[31mBUG: KASAN: slab-out-of-bounds");
    expect(out).toMatch(/… \d+ frames of the kernel, do_one_initcall to entry_SYSCALL_64_after_hwframe/);
    expect(out).not.toMatch(/load_module\+0x/);
  });

  test("--explain, --format html, markdown and sarif", async () => {
    expect((await kasan("run", path, "--explain")).out).toContain("Likely mistake");
    expect((await kasan("run", path, "--format", "markdown")).out).toContain(
      "KASAN: slab-use-after-free Read in bug_init",
    );
    const page = join(folder, "out.html");
    expect((await kasan("run", path, "--format", "html", "-o", page)).out).toBe("");
    expect(readFileSync(page, "utf8")).toMatch(/^<!doctype html>/i);
    const { runs } = JSON.parse((await kasan("run", path, "--format", "sarif")).out);
    const places = runs[0].results.map(
      ({ locations: [{ physicalLocation: at }] }: { locations: { physicalLocation: object }[] }) => at,
    );
    expect(places.at(-1)).toEqual({ artifactLocation: { uri: name }, region: { startLine: 18 } });
  });
});
