import { join } from "node:path";
import { PAGE_SCHEMES } from "@kasan/shadow";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, describe, expect, it, test } from "vitest";
import { runsOf } from "../src/compare/page-schemes.ts";
import { kasan, publishedSchema, run, scratch } from "./harness.ts";

const { file, remove } = scratch();
afterAll(remove);

const PROGRAMS = join(import.meta.dirname, "../programs/pages");
const SCHEMES = ["per-byte", ...Object.keys(PAGE_SCHEMES)];

describe("kasan run --shadow-scheme", () => {
  const neighbours = join(PROGRAMS, "neighbours.c");
  it.each(SCHEMES)(
    "%s finds a use after free beside kernel memory, with checks of either kind, on either processor",
    async (scheme) => {
      for (const options of [[], ["--instrument", "inline"], ["--arch", "arm64"], ["--no-vmap-stack"]]) {
        const { code, out } = await run(neighbours, "--shadow-scheme", scheme, ...options);
        expect(out).toContain("BUG: KASAN: use-after-free in neighbours_init");
        expect(code).toBe(1);
      }
    },
  );

  describe.each(["16k", "64k"])("with pages of %s", (size) => {
    const judged = async (program: string, scheme: string, ...more: string[]) => {
      const pages = ["--arch", "arm64", "--page-size", size, "--shadow-scheme", scheme];
      const { code, out } = await run(join(PROGRAMS, `${program}.c`), ...pages, ...more);
      return {
        code,
        found: [...out.matchAll(/BUG: KASAN: (\S+) in (\w+)/g)].map(([, bug, where]) => `${bug} ${where}`),
      };
    };
    const perPage = Object.keys(PAGE_SCHEMES);
    const marked = perPage.filter((scheme) => scheme !== "per-page-no-pshadow");

    it.each(perPage)(
      "%s judges kernel memory, and other memory beside it, as with small ones",
      async (scheme) => {
        expect(await judged("neighbours", scheme)).toEqual({ code: 1, found: ["use-after-free neighbours_init"] });
        expect(await judged("slab", scheme)).toEqual({ code: 1, found: ["slab-out-of-bounds slab_init"] });
        expect(await judged("page_cache", scheme)).toEqual({ code: 0, found: [] });
      },
      180_000,
    );

    it("marks tell a freed page from one in use, without them none is told", async () => {
      for (const scheme of marked) {
        expect(await judged("user_page", scheme)).toEqual({ code: 1, found: ["use-after-free user_page_init"] });
      }
      expect(await judged("user_page", "per-page-no-pshadow")).toEqual({ code: 0, found: [] });
    });

    it("four CPUs that free each other's pages see no report", async () => {
      expect(await judged("wander", "per-page-zero", "--cpus", "4")).toEqual({ code: 0, found: [] });
    });
  });

  it("says what a scheme costs, and nothing of the kind of what Linux has", async () => {
    const { err } = await run(neighbours, "--shadow-scheme", "per-page", "--stats");
    expect(err).toMatch(/^per-page +\d+ KB of shadow for RAM, \d+ KB at most, and 16 KB of pshadow$/m);
    expect(err).toMatch(/^slow path +\d+ entered, 1 with a flush of this CPU's TLB$/m);
    expect(err).toMatch(/^remapping +\d+ with a flush of one CPU, 0 of all$/m);
    const plain = await run(neighbours, "--stats");
    expect(plain.err).not.toContain("slow path");
    const { out } = await run(neighbours, "--shadow-scheme", "per-page-zero", "--format", "json");
    expect(JSON.parse(out).stats.pageShadow).toMatchObject({ scheme: "per-page-zero", pshadow: 16384 });
  });

  it("a CPU that still shows black takes the second look; one that shows zeros is fooled", async () => {
    const program = join(PROGRAMS, "stale_tlb.c");
    const found = async (scheme: string) => {
      const { out, code } = await run(program, "--cpus", "2", "--shadow-scheme", scheme);
      return [code, out.includes("BUG: KASAN: slab-out-of-bounds in other_cpu")];
    };
    expect(await found("per-page")).toEqual([1, true]);
    expect(await found("per-page-zero")).toEqual([1, true]);
    expect(await found("per-page-no-pshadow")).toEqual([0, false]);
  });

  it("four CPUs that free each other's pages see no report, and some of them black where it is stale", async () => {
    const program = join(PROGRAMS, "wander.c");
    for (const scheme of ["per-page", "per-page-zero"]) {
      const { out, code, err } = await run(program, "--cpus", "4", "--shadow-scheme", scheme, "--stats");
      expect({ code, out }).toEqual({ code: 0, out: "" });
      expect(err).toMatch(/^slow path +\d{4,} entered/m);
    }
  });

  it("refuses tags, and names that it does not know", async () => {
    const tags = await run(neighbours, "--shadow-scheme", "per-page", "--arch", "arm64", "--mode", "sw_tags");
    expect(tags.code).toBe(2);
    expect(tags.err).toContain("per-page shadow is of generic mode");
    const unknown = await run(neighbours, "--shadow-scheme", "per-bit");
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain("there are per-byte, per-page");
  });

  it("memory that is short for shadow is no memory", async () => {
    const program = file(
      "short.c",
      `#include <linux/module.h>
       #include <linux/mm.h>
       static int __init start(void)
       {
         int user = 0, kernel = 0;
         while (alloc_page(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN)) user++;
         while (alloc_page(GFP_KERNEL | __GFP_NOWARN)) kernel++;
         pr_info("%d of user memory, then %d\\n", user > 1000, kernel);
         return 0;
       }
       module_init(start);`,
    );
    const { out, code } = await run(program, "--memory", "16M", "--shadow-scheme", "per-page");
    expect(out).toContain("1 of user memory, then 0");
    expect(code).toBe(0);
  });
});

test("compare-shadow --shadow-scheme: what is found and missed, shadow at mixes, time; as JSON that keeps to the schema", async () => {
  const { code, out } = await kasan("compare-shadow", "--shadow-scheme", "all", "--format", "json");
  expect(code).toBe(0);
  const result = JSON.parse(out);
  const validate = new Ajv2020({ strict: true }).compile(publishedSchema("compare-page-shadow"));
  expect(validate(result), JSON.stringify(validate.errors)).toBe(true);
  expect(result.schemes).toEqual(SCHEMES);

  const [perByte, perPage, zero, none] = result.totals;
  for (const total of [perPage, zero]) {
    const { detected, missed, crashed, falseReports } = total;
    expect({ detected, missed, crashed, falseReports }).toMatchObject({
      detected: perByte.detected,
      missed: perByte.missed,
      crashed: perByte.crashed,
      falseReports: 0,
    });
  }
  const [cache] = result.programs;
  expect(cache.schemes[2].slowPaths).toBeLessThan(cache.schemes[1].slowPaths / 2);
  expect(none.missed).toBeGreaterThan(perByte.missed);

  // With page blocks of one kind, shadow falls with the share of page cache; Linux's does not.
  const [blocks, , turns] = result.mixes;
  const at = (mix: { points: { bytes: number[] }[] }, scheme: number) => mix.points.map(({ bytes }) => bytes[scheme]);
  expect(new Set(at(blocks, 0)).size).toBe(1);
  expect([...at(blocks, 1)].sort((a, b) => b - a)).toEqual(at(blocks, 1));
  expect(at(blocks, 1).at(-1)).toBeLessThan(at(blocks, 0)[0] / 50);
  expect(at(turns, 1)[2]).toBeGreaterThan(at(blocks, 1)[2]);
}, 2_400_000);

test("mixes have runs of pages that the smallest share of memory has room for", () => {
  expect(runsOf(8192)).toEqual([512, 8, 1]);
  expect(runsOf(512)).toEqual([128, 8, 1]);
});

test("a program of one's own under two schemes", async () => {
  const program = join(PROGRAMS, "user_page.c");
  const { code, out } = await kasan("compare-shadow", program, "--shadow-scheme", "per-page,per-page-no-pshadow");
  expect(code).toBe(0);
  expect(out).toMatch(/^per-page +detected +use-after-free Read/m);
  expect(out).toMatch(/^per-page-no-pshadow +missed +nothing/m);
  const page = await kasan("compare-shadow", program, "--shadow-scheme", "per-page", "--format", "html");
  expect(page.out).toContain("MB of shadow at most, and pshadow");
  const both = await kasan("compare-shadow", "--shadow-scheme", "all", "--vmalloc-shadow", "lazy");
  expect(both.code).toBe(2);
});
