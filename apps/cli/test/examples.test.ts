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

/** Titles without offsets, which differ between ways to compile. */
const titles = (log: string): string[] => [...log.matchAll(/BUG: (KASAN: .*?)\+0x/g)].map(([, title]) => title);

function exitCodeFor(log: string): number {
  if (log.includes("---[ end trace")) return 3;
  if (/^\[.*\] not ok /m.test(log)) return 1;
  return log.includes("BUG: KASAN:") ? 1 : 0;
}
