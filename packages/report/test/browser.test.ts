import { readdirSync, readFileSync } from "node:fs";
import axe, { type AxeResults } from "axe-core";
import { build } from "esbuild";
import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, launchChromium } from "../../../scripts/browser/chromium.ts";
import { explainHtml, parseLog } from "../src/index.ts";

const LOG = readFileSync(new URL("../testdata/slab-out-of-bounds.txt", import.meta.url), "utf8");

/** The package as one script for a page, as a bundler of the web makes it: no modules of Node are in it. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [new URL("../src/index.ts", import.meta.url).pathname],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "kasanReport",
    platform: "browser",
    conditions: ["@kasan/source"],
  });
  return outputFiles[0]!.text;
}

/** The script's result on the page. */
declare const kasanReport: typeof import("../src/index.ts");

describe.skipIf(CHROMIUM === undefined)("in Chromium (skipped without it)", () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await launchChromium();
    page = await browser.newPage();
    await page.addScriptTag({ content: await bundle() });
  });
  afterAll(() => browser?.close());

  test("a report is read and explained, and its page is shown, light and dark, without scripts", async () => {
    const result = await page.evaluate((log) => {
      const { reports } = kasanReport.parseLog(new TextEncoder().encode(log));
      return { title: reports[0]!.title, html: kasanReport.explainHtml(reports) };
    }, LOG);
    expect(result.title).toBe("KASAN: slab-out-of-bounds Write in kunit_try_run_case");

    const shown = await browser.newPage();
    await shown.setJavaScriptEnabled(false);
    const errors: string[] = [];
    shown.on("console", (message) => errors.push(message.text()));
    shown.on("requestfailed", (request) => errors.push(request.url()));
    const colours: string[] = [];
    for (const value of ["light", "dark"]) {
      await shown.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
      await shown.setContent(result.html);
      colours.push(await shown.$eval("body", (body) => getComputedStyle(body).backgroundColor));
    }
    expect(new Set(colours).size).toBe(2);
    expect(errors).toEqual([]);
    // Drawn to scale: 115 of 256 bytes are the object.
    const widths = await shown.$$eval(".bars .bar", (bars) => bars.map((bar) => bar.getBoundingClientRect().width));
    const whole = widths.reduce((sum, width) => sum + width, 0);
    expect(widths[1]! / whole).toBeCloseTo(115 / 256, 2);
    // The accessibility tree, as screen readers see it.
    const tree = JSON.stringify(await shown.accessibility.snapshot());
    for (const text of ["Memory from 0xffff888000a597c0", "Likely mistake", "the bad byte"])
      expect(tree).toContain(text);
    // Keys reach the stacks and open them.
    await shown.focus("summary");
    const before = await shown.$eval("details", (details) => details.open);
    await shown.keyboard.press("Enter");
    expect(await shown.$eval("details", (details) => details.open)).toBe(!before);
  });

  const HUNT = new URL("./hunt/", import.meta.url);
  const PAGES = [
    ["none", ""],
    ...readdirSync(HUNT)
      .filter((name) => name.endsWith(".txt"))
      .map((name) => [name, readFileSync(new URL(name, HUNT))] as const),
  ] as const;

  test("pages have nothing that axe finds, light and dark, narrow and wide", async () => {
    const shown = await browser.newPage();
    for (const [index, [name, log]] of PAGES.entries()) {
      // Each page once, the four looks in turn.
      await shown.emulateMediaFeatures([{ name: "prefers-color-scheme", value: index % 2 === 0 ? "light" : "dark" }]);
      await shown.setViewport({ width: index % 4 < 2 ? 400 : 1400, height: 900 });
      await shown.setContent(explainHtml(parseLog(log).reports));
      await shown.$$eval("details", (all) => all.forEach((one) => void one.setAttribute("open", "")));
      expect(
        (await violationsOf(shown)).map(({ id, nodes }) => [id, nodes[0]!.html]),
        name,
      ).toEqual([]);
    }
  }, 480_000);
});

async function violationsOf(page: Page): Promise<AxeResults["violations"]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => (await (globalThis as unknown as { axe: typeof axe }).axe.run()).violations);
}
