import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { writeCore } from "@kasan/image";
import axe, { type AxeResults } from "axe-core";
import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, launchChromium } from "../../../scripts/browser/chromium.ts";
import { x86Machine } from "../../../scripts/memory-image.ts";
import { BENCHMARK } from "./benchmark.ts";
import { kasan, scratch } from "./harness.ts";

const DATA = new URL("../../../packages/report/testdata/", import.meta.url);
const { file, folder, remove } = scratch();
afterAll(remove);

const page = (name: string): string => join(folder, `${name}.html`);
const html = (name: string): string[] => ["--format", "html", "-o", page(name)];
const TRACE = [
  "alloc_vmap_area: va_start: 18446683600570023936 size=36864 align=1 vstart=0xffffc90000000000 vend=0xffffe8ffffffffff failed=0",
  "free_vmap_area_noflush: va_start=0xffffc90000000000 nr_lazy=9 nr_lazy_max=16384",
  "purge_vmap_area_lazy: start=0xffffc90000000000 end=0xffffc90000009000 num_purged=1",
].join("\n");
const EXAMPLES = new URL("../../../examples/", import.meta.url).pathname;
const example = (name: string): string => join(EXAMPLES, `${name}.c`);
const FUZZED = `#include <linux/module.h>
#include <linux/kfuzztest.h>
FUZZ_TEST_SIMPLE(parse) { return datalen > 3 && data[0] == 'k' ? data[1] : 0; }
`;
const logs = readdirSync(DATA).filter((one) => one.endsWith(".txt"));
const logOf = (name: string): Buffer => readFileSync(new URL(name, DATA));

/** Parts of a real kernel's memory, and in it: a freed object, two tasks of which one is the other's parent, a stack, a variable, nothing. */
const KERNEL = new URL("../../../packages/image/test/riscv64-kernel.elf.zst", import.meta.url).pathname;
const OBJECTS = ["ffffffd601fd7880", "ffffffd6014f0b00", "ffffffd6014f1600", "ffffffc600010010", "init_task", "0"];

/** How pages are looked at: narrow and wide, light and dark. What is wrong in one scheme is so at every width, and the other way round. */
const VIEWS = [
  [400, "light"],
  [1400, "dark"],
] as const;

/** A page for each kind that a command writes, and how. */
const PAGES: Readonly<Record<string, () => Promise<unknown>>> = {
  run: () => kasan("run", example("kmalloc_oob_right"), ...html("run")),
  "run, stack": () => kasan("run", example("stack_out_of_bounds"), ...html("run, stack")),
  "run --coverage": () => kasan("run", example("no_bug"), ...coverage("run --coverage")),
  "fuzz --coverage": () => fuzz("fuzz --coverage"),
  explain: () => kasan("explain", file("one.txt", logOf(logs[0]!)), ...html("explain")),
  "explain, many": () => kasan("explain", file("all.txt", Buffer.concat(logs.map(logOf))), ...html("explain, many")),
  layout: () => kasan("layout", "--memory", "32M", ...html("layout")),
  "layout, per page": () => kasan("layout", "--shadow-scheme", "per-page", ...html("layout, per page")),
  replay: () => kasan("replay", file("trace.txt", TRACE), ...html("replay")),
  check: () => kasan("check", "lazy", "--bounds", "2x2", ...html("check")),
  variants: () => kasan("check", "populate-release-race", "unflushed-map", "--first", ...html("variants")),
  "compare-modes": () => kasan("compare-modes", example("kmalloc_oob_right"), ...html("compare-modes")),
  "compare-shadow": () => kasan("compare-shadow", "--vmalloc-shadow", "early,lazy", ...html("compare-shadow")),
  "compare-shadow, one": () =>
    kasan("compare-shadow", example("vmalloc_out_of_bounds"), ...html("compare-shadow, one")),
  "compare-shadow, pages": () => comparePages("compare-shadow, pages"),
  "bench vmalloc": () => bench("bench vmalloc"),
  ptdump: () => kasan("ptdump", image(), ...html("ptdump")),
  inspect: () => kasan("inspect", image(), "ffff888000003010", ...html("inspect")),
  "inspect, several": () =>
    kasan("inspect", image(), "ffff888000003010", "ffffc90000000000", ...html("inspect, several")),
  "inspect, objects": () => kasan("inspect", KERNEL, ...OBJECTS, ...html("inspect, objects")),
  "inspect --scan": () => kasan("inspect", KERNEL, "--scan", ...html("inspect --scan")),
  "inspect --find": () => kasan("inspect", KERNEL, "init_task", OBJECTS[0]!, "--find", ...html("inspect --find")),
};

/** A page, made when it is first asked for. */
async function made(name: string): Promise<string> {
  if (!existsSync(page(name))) await PAGES[name]!();
  return page(name);
}

const coverage = (name: string): string[] => ["--coverage", page(name), "--coverage-format", "html"];

function fuzz(name: string): Promise<unknown> {
  const findings = join(folder, "findings");
  return kasan("fuzz", file("parse.c", FUZZED), "--runs", "20", "--findings", findings, ...coverage(name));
}

function bench(name: string): Promise<unknown> {
  const module = file("test_vmalloc.c", BENCHMARK);
  const few = ["--tests", "fix_size_alloc_test", "--loops", "10", "--repeat", "1"];
  return kasan("bench", "vmalloc", "--kernel-source", module, ...few, ...html(name));
}

function comparePages(name: string): Promise<unknown> {
  const program = new URL("../programs/pages/user_page.c", import.meta.url).pathname;
  return kasan("compare-shadow", program, "--shadow-scheme", "all", ...html(name));
}

function image(): string {
  const path = join(folder, "memory.elf");
  writeCore(path, x86Machine().contents);
  return path;
}

/** The smallest words of a picture, in pixels as they are shown. */
const READABLE = 11;

describe.skipIf(CHROMIUM === undefined)("pages in Chromium (skipped without it)", () => {
  let browser: Browser;
  let shown: Page;
  beforeAll(async () => {
    browser = await launchChromium();
    shown = await browser.newPage();
  });
  afterAll(() => browser?.close());

  async function show(path: string, width: number, scheme: string): Promise<void> {
    await shown.setViewport({ width, height: 900 });
    await shown.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await shown.goto(pathToFileURL(path).href);
  }

  /** What is wrong with a page, all of it unfolded: what axe finds, and what does not fit. */
  async function faultsOf(path: string): Promise<unknown[]> {
    const faults: unknown[] = [];
    for (const [width, scheme] of VIEWS) {
      await show(path, width, scheme);
      await shown.$$eval("details", (all) => all.forEach((one) => void one.setAttribute("open", "")));
      const found = [...(await violations()), ...(await misfits())];
      faults.push(...found.map((fault) => [width, scheme, ...fault]));
    }
    return faults;
  }

  async function violations(): Promise<unknown[][]> {
    await shown.evaluate(axe.source);
    const found: AxeResults["violations"] = await shown.evaluate(
      async () => (await (globalThis as unknown as { axe: typeof axe }).axe.run()).violations,
    );
    return found.map(({ id, nodes }) => [id, nodes[0]!.html]);
  }

  async function misfits(): Promise<unknown[][]> {
    const seen = await shown.evaluate((readable) => {
      const texts = (selector: string) => [...document.querySelectorAll(selector)].map((one) => one.textContent!);
      const size = (one: SVGTextElement) => Number.parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM()!.a;
      const words = [...document.querySelectorAll<SVGTextElement>("svg text")];
      return {
        beyond: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        small: words.filter((one) => size(one) < readable - 0.01).map((one) => one.textContent!),
        overflowing: [...document.querySelectorAll("td, th")]
          .filter((one) => one.scrollWidth > one.clientWidth)
          .map((one) => one.textContent!),
        titles: [texts("head title"), texts("h1")],
        repeated: [...texts("h2"), ...words.map((one) => one.textContent!)].filter((text) => text === document.title),
      };
    }, READABLE);
    return [
      ...(seen.beyond > 0 ? [["wider than the window", seen.beyond]] : []),
      ...seen.overflowing.map((text) => ["a cell's text lies over the next one", text]),
      ...seen.small.map((text) => ["words too small to read", text]),
      ...(seen.titles.some(({ length }) => length !== 1) ? [["not one title", seen.titles]] : []),
      ...seen.repeated.map((text) => ["the title again", text]),
    ];
  }

  test.each(Object.keys(PAGES))("%s", async (name) => {
    expect(await faultsOf(await made(name))).toEqual([]);
  });

  test("verdicts differ in shape and in colour, in light and dark", async () => {
    for (const scheme of ["light", "dark"]) {
      await show(await made("compare-shadow"), 1400, scheme);
      const looks = await shown.$$eval(".terms .mark", (marks) =>
        marks.map((one) => [one.textContent!, getComputedStyle(one, "::before").content, getComputedStyle(one).color]),
      );
      const [detected, missed, crashed] = ["detected", "missed", "crashed"].map(
        (name) => looks.find(([text]) => text === name)!,
      );
      for (const what of [1, 2]) {
        expect(new Set([detected, missed, crashed].map((look) => look![what]!)).size).toBe(3);
      }
    }
  });

  test("a broken property leads from the matrix to its timeline", async () => {
    await show(await made("variants"), 1400, "light");
    await (await shown.$("td a:has(.bad)"))!.click();
    const target = await shown.$eval(":target", (one) => [one.textContent, one.getBoundingClientRect().top]);
    expect(target[0]).toMatch(/^populate-release-race on x86_64: /);
    expect(target[1]).toBeLessThan(900);
  });

  test("triage: the index, a bug; the table can be narrowed down and sorted", async () => {
    const inputs = join(folder, "logs");
    mkdirSync(inputs);
    for (const name of logs) writeFileSync(join(inputs, name), logOf(name));
    const out = join(folder, "out");
    await kasan("triage", inputs, "-o", out);
    const index = join(out, "index.html");
    expect(await faultsOf(join(out, "bugs", readdirSync(join(out, "bugs"))[0]!))).toEqual([]);
    expect(await faultsOf(index)).toEqual([]);
    const titles = () => shown.$$eval("tbody tr:not([hidden]) th", (all) => all.map((one) => one.textContent!));
    const all = await titles();
    await shown.type("#filter input", "out-of-bounds");
    expect(await titles()).toEqual(all.filter((title) => title.includes("out-of-bounds")));
    expect(await shown.$eval("#filter output", (one) => one.textContent)).toMatch(/^\d+ of \d+$/);
    await shown.$eval("#filter input", (input) => {
      input.value = "";
      input.dispatchEvent(new Event("input"));
    });
    const types = await shown.$$eval("tbody tr", (rows) => rows.map((row) => row.dataset.type!));
    await shown.select("#filter [name=type]", types[0]!);
    expect(await titles()).toEqual(all.filter((_, i) => types[i] === types[0]));
    await shown.select("#filter [name=type]", "");
    await (await shown.$$("thead button"))[1]!.click();
    expect(await titles()).toEqual([...all].sort(new Intl.Collator("en", { numeric: true }).compare));
  }, 480_000);
});
