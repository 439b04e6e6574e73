import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Ajv from "ajv/dist/2020.js";
import { afterAll, expect, it } from "vitest";
import { kasan, publishedSchema } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "kasan-modes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const schema = publishedSchema("compare-modes");

/** One byte behind an object, in its last granule: only bytes tell. */
const PROGRAM = `/*
 * Writes behind an object, but within 16 bytes.
 *
 * expect: slab-out-of-bounds
 */
#include <linux/module.h>
#include <linux/slab.h>
static int __init start(void)
{
	volatile char *p = kmalloc(13, GFP_KERNEL);
	if (!p)
		return -ENOMEM;
	p[13] = 1;
	kfree((void *)p);
	return 0;
}
module_init(start);
`;

it("what each mode finds, misses and costs, as text, data and a page", async () => {
  const file = join(folder, "bug.c");
  const html = join(folder, "modes.html");
  writeFileSync(file, PROGRAM);
  const { code, out } = await kasan("compare-modes", file);
  expect(code).toBe(0);
  expect(out).toMatch(/^off +missed +nothing +0 /m);
  expect(out).toMatch(/^generic +detected +slab-out-of-bounds Write +8192 /m);
  expect(out).toMatch(/^sw_tags +missed +nothing +4096 /m);
  expect(out).toMatch(/^hw_tags +missed +nothing +0 +2048 /m);
  expect(out).toContain("1 in 254 in sw_tags and 1 in 14 in hw_tags");
  for (const mode of ["sw_tags", "hw_tags"]) {
    expect(out).toContain(`${mode} missed slab-out-of-bounds Write: inside the object's last granule of 16 bytes`);
  }
  expect((await kasan("compare-modes", file, "--format", "html", "-o", html)).out).toBe("");
  const page = readFileSync(html, "utf8");
  expect(page).toMatch(/<th scope="row">generic<\/th><td><span class="mark good">detected</);
  expect(page).toMatch(/<th scope="row">sw_tags<\/th><td><span class="mark bad">missed</);
  const json = JSON.parse((await kasan("compare-modes", file, "--format", "json")).out);
  expect(json.modes.map(({ mode, verdict }: { mode: string; verdict: string }) => [mode, verdict])).toEqual([
    ["off", "missed"],
    ["generic", "detected"],
    ["sw_tags", "missed"],
    ["hw_tags", "missed"],
  ]);
  const missed = [{ report: "slab-out-of-bounds Write", cause: "last-granule" }];
  expect(json.modes.map((mode: object) => "missed" in mode && mode.missed)).toEqual([false, false, missed, missed]);
  const validate = new Ajv({ strict: true }).compile(schema);
  expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
  const x86 = JSON.parse((await kasan("compare-modes", file, "--format", "json", "--arch", "x86_64")).out);
  expect(x86.modes.map(({ mode }: { mode: string }) => mode)).toEqual(["off", "generic"]);
}, 480_000);
