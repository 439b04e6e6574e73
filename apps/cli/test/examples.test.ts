import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { kasan } from "./harness.ts";

/**
 * Each example prints exactly what stands beside it: the kernel log, addresses and all. After a change that is meant,
 * `UPDATE_GOLDEN=1 npx vitest run apps/cli/test/examples.test.ts` writes the files anew; read the difference.
 */
const folder = relative(process.cwd(), join(import.meta.dirname, "../../../examples"));
const examples = readdirSync(folder).filter((name) => name.endsWith(".c"));

describe("examples", () => {
  it("there are", () => expect(examples.length).toBeGreaterThan(10));

  it.each(examples)("%s", async (name) => {
    const { code, out } = await kasan("run", join(folder, name));
    const golden = join(folder, name.replace(/\.c$/, ".txt"));
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, out);
    expect(existsSync(golden)).toBe(true);
    expect(out).toBe(readFileSync(golden, "utf8"));
    expect(code).toBe(exitCodeFor(out));
  });

  it.each(examples)("%s finds the same with inline checks and 5-level page tables", async (name) => {
    const outline = await kasan("run", join(folder, name));
    const five = await kasan("run", join(folder, name), "--levels", "5");
    expect(titles(five.out)).toEqual(titles(outline.out));
    // Inline checks of a wild pointer fault in the check itself: an oops with KASAN's hint, and no report.
    if (outline.code === 3) return;
    const inline = await kasan("run", join(folder, name), "--instrument", "inline");
    expect(titles(inline.out)).toEqual(titles(outline.out));
  });
});

/** Examples whose logs on arm64 stand in the folder of that name. */
const ARM64 = [
  "kmalloc_oob_right.c",
  "slab_use_after_free.c",
  "vmalloc_out_of_bounds.c",
  "stack_out_of_bounds.c",
  "wild_memory_access.c",
];

describe("examples on arm64", () => {
  it.each(ARM64)("%s", async (name) => {
    const { code, out } = await kasan("run", join(folder, name), "--arch", "arm64");
    const golden = join(folder, "arm64", name.replace(/\.c$/, ".txt"));
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, out);
    expect(out).toBe(readFileSync(golden, "utf8"));
    expect(code).toBe(exitCodeFor(out));
  });

  it.each(["36", "39", "42", "47", "52"])("%s bits of address find the same", async (bits) => {
    const name = join(folder, "vmalloc_out_of_bounds.c");
    const { out } = await kasan("run", name, "--arch", "arm64", "--va-bits", bits);
    expect(titles(out)).toEqual(titles(readFileSync(join(folder, "arm64/vmalloc_out_of_bounds.txt"), "utf8")));
  });

  it("without KASAN there is no shadow, and nothing is found", async () => {
    const { code, out } = await kasan("run", join(folder, "kmalloc_oob_right.c"), "--arch", "arm64", "--mode", "off");
    expect({ code, bugs: titles(out) }).toEqual({ code: 0, bugs: [] });
  });

  it.each([
    [["--page-size", "16k"], /pages of 4096 bytes/],
    [["--va-bits", "60"], /36 to 52/],
    [["--levels", "5"], /--levels is of x86_64/],
  ])("refuses %s", async (options, message) => {
    const { code, err } = await kasan("run", join(folder, "no_bug.c"), "--arch", "arm64", ...options);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});

/** Examples whose logs with software tags stand in the folder of that name. */
const SW_TAGS = ["kmalloc_oob_right.c", "slab_use_after_free.c", "double_free.c", "stack_out_of_bounds.c", "no_bug.c"];

describe("examples with software tags", () => {
  it.each(SW_TAGS)("%s", async (name) => {
    const { code, out, err } = await kasan("run", join(folder, name), "--arch", "arm64", "--mode", "sw_tags");
    const golden = join(folder, "sw_tags", name.replace(/\.c$/, ".txt"));
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, out);
    expect(out).toBe(readFileSync(golden, "utf8"));
    expect(code).toBe(exitCodeFor(out));
    expect(err.includes("a chance of 1 in 254")).toBe(!out.includes("BUG: KASAN"));
  });

  it.each([
    [["--mode", "sw_tags"], /give --arch arm64/],
    [["--mode", "sw_tags", "--arch", "arm64", "--instrument", "inline"], /no inline checks of tags/],
  ])("refuses %s", async (options, message) => {
    const { code, err } = await kasan("run", join(folder, "no_bug.c"), ...options);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});

/** Titles without offsets, which differ between ways to compile. */
const titles = (log: string): string[] => [...log.matchAll(/BUG: (KASAN: .*?)\+0x/g)].map(([, title]) => title);

function exitCodeFor(log: string): number {
  if (log.includes("---[ end trace")) return 3;
  if (/^\[.*\] not ok /m.test(log)) return 1;
  return log.includes("BUG: KASAN:") ? 1 : 0;
}
