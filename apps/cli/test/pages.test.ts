import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import axe, { type AxeResults } from "axe-core";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kasan, scratch } from "./harness.ts";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
const DATA = new URL("../../../packages/report/testdata/", import.meta.url);
const { file, folder, remove } = scratch();
afterAll(remove);

const page = (name: string): string => join(folder, `${name}.html`);
const TRACE = [
  "alloc_vmap_area: va_start: 18446683600570023936 size=36864 align=1 vstart=0xffffc90000000000 vend=0xffffe8ffffffffff failed=0",
  "free_vmap_area_noflush: va_start=0xffffc90000000000 nr_lazy=9 nr_lazy_max=16384",
  "purge_vmap_area_lazy: start=0xffffc90000000000 end=0xffffc90000009000 num_purged=1",
].join("\n");

/** Every page that a command writes, and how. */
const PAGES: readonly (readonly [name: string, make: () => Promise<unknown>])[] = [
  ["layout", () => kasan("layout", "--memory", "32M", "--format", "html", "-o", page("layout"))],
  ["replay", () => kasan("replay", file("trace.txt", TRACE), "--format", "html", "-o", page("replay"))],
  ["check", () => kasan("check", "lazy", "--bounds", "2x2", "--format", "html", "-o", page("check"))],
  ["variant", () => kasan("check", "unflushed-map", "--first", "--format", "html", "-o", page("variant"))],
];

describe.skipIf(CHROMIUM === undefined)("pages in Chromium (skipped without it)", () => {
  let browser: Browser;
  let shown: Page;
  beforeAll(async () => {
    browser = await puppeteer.launch({ executablePath: CHROMIUM!, args: ["--no-sandbox", "--disable-gpu"] });
    shown = await browser.newPage();
  });
  afterAll(() => browser?.close());

  /** What is wrong with a page: what axe finds, and what does not fit, narrow and light, wide and dark. */
  async function faultsOf(path: string): Promise<unknown[]> {
    const faults: unknown[] = [];
    for (const [width, value] of [
      [400, "light"],
      [1400, "dark"],
    ] as const) {
      await shown.setViewport({ width, height: 900 });
      await shown.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
      await shown.goto(pathToFileURL(path).href);
      await shown.$$eval("details", (all) => all.forEach((one) => void one.setAttribute("open", "")));
      await shown.evaluate(axe.source);
      const violations: AxeResults["violations"] = await shown.evaluate(
        async () => (await (globalThis as unknown as { axe: typeof axe }).axe.run()).violations,
      );
      for (const { id, nodes } of violations) faults.push([width, id, nodes[0]!.html]);
      const { beyond, small } = await shown.evaluate(() => ({
        beyond: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        small: [...document.querySelectorAll("svg text")].filter((one) => {
          const size = Number.parseFloat(getComputedStyle(one).fontSize);
          const picture = one.closest("svg")!;
          return size * (picture.getBoundingClientRect().width / picture.viewBox.baseVal.width) < 10;
        }).length,
      }));
      if (beyond > 0) faults.push([width, "wider than the window", beyond]);
      if (small > 0) faults.push([width, "words too small to read", small]);
    }
    return faults;
  }

  test.each(PAGES)(
    "%s",
    async (name, make) => {
      await make();
      expect(await faultsOf(page(name))).toEqual([]);
    },
    120_000,
  );

  test("triage: the index, a bug; the table can be narrowed down and sorted", async () => {
    const logs = join(folder, "logs");
    mkdirSync(logs);
    for (const name of readdirSync(DATA).filter((one) => one.endsWith(".txt")))
      writeFileSync(join(logs, name), readFileSync(new URL(name, DATA)));
    const out = join(folder, "out");
    await kasan("triage", logs, "-o", out);
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
    await (await shown.$$("thead button"))[1]!.click();
    expect(await titles()).toEqual([...all].sort(new Intl.Collator("en", { numeric: true }).compare));
  }, 480_000);
});
