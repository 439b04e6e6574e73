import { existsSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv/dist/2020.js";
import { afterAll, describe, expect, it } from "vitest";
import { BENCHMARK } from "./benchmark.ts";
import { kasan, publishedSchema, scratch } from "./harness.ts";

const { file, folder, remove } = scratch();
afterAll(remove);

const module = file("test_vmalloc.c", BENCHMARK);

describe("kasan bench vmalloc", () => {
  it("measures each configuration, as data that fits its schema, and draws it", async () => {
    const args = ["--kernel-source", module, "--tests", "fix_size_alloc_test", "--loops", "100", "--repeat", "1"];
    const { code, out, err } = await kasan("bench", "vmalloc", ...args, "--format", "json");
    expect(code).toBe(0);
    const results = JSON.parse(out);
    const validate = new Ajv({ strict: false }).compile(publishedSchema("bench-vmalloc"));
    expect(validate(results), JSON.stringify(validate.errors)).toBe(true);
    const { rows, totals } = results as Record<string, { cpus: number; test?: string; usec: object }[]>;
    expect(rows.map(({ cpus, test, usec }) => [cpus, test, Object.keys(usec)])).toEqual([
      [1, "fix_size_alloc_test", ["off", "early", "keep", "lazy"]],
      [2, "fix_size_alloc_test", ["off", "early", "keep", "lazy"]],
    ]);
    expect(totals.map(({ usec }) => usec)).toEqual(rows.map(({ usec }) => usec));
    for (const { usec } of rows) for (const time of Object.values(usec)) expect(time).toBeGreaterThan(0);
    expect(err).toContain("fix_size_alloc_test failed 2 times with lazy on 2 CPUs");
    expect(err).not.toContain("on 1 CPU");
  }, 480_000);

  it.each([
    ["html", /KASAN vmalloc: lazy/],
    ["svg", /^<svg .*<\/svg>\s*$/s],
  ])("draws it: %s", async (format, picture) => {
    const args = [
      "--kernel-source",
      module,
      "--tests",
      "fix_size_alloc_test",
      "--loops",
      "10",
      "--repeat",
      "1",
      "--cpus",
      "1",
    ];
    const { code, out } = await kasan("bench", "vmalloc", ...args, "--vmalloc-shadow", "lazy", "--format", format);
    expect(code).toBe(0);
    expect(out).toMatch(picture);
  });

  it("says what the log lacks, and writes nothing", async () => {
    const output = join(folder, "none.json");
    const args = ["--kernel-source", module, "--tests", "vm_map_ram_test", "--cpus", "1", "--loops", "1"];
    const { code, err } = await kasan("bench", "vmalloc", ...args, "-o", output);
    expect(code).toBe(2);
    expect(err).toContain("no summary of vm_map_ram_test");
    expect(existsSync(output)).toBe(false);
  });

  it.each([
    [["--kernel-source", "/none"], "/none: there is no such file or folder; unpack the source"],
    [["--kernel-source", folder], "it has no lib/test_vmalloc.c"],
    [["--tests", "none_test"], '"none_test" is not one of: all, fix_size_alloc_test'],
    [["--cpus", "1,99"], '"99" is not a number of CPUs'],
    [["--loops", "0"], '"0" is not from 1'],
    [["--vmalloc-shadow", "none"], '"none" is not one of: all, early'],
  ])("%j is refused", async (args, message) => {
    const { code, err } = await kasan("bench", "vmalloc", ...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
