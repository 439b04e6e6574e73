import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import axe, { type AxeResults } from "axe-core";
import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, launchChromium } from "../browser/chromium.ts";
import { serve } from "../browser/static-server.js";
import { indexPages, writePages } from "./build.js";

const folder = mkdtempSync(join(tmpdir(), "kasan-site-"));
writePages(folder);
afterAll(() => rmSync(folder, { recursive: true }));

const pages = (readdirSync(folder, { recursive: true }) as string[]).filter((path) => path.endsWith(".html"));

/** The parts that are not built here. */
const OTHERS = /^(?:api|playground|pagefind)\//;

test.each(pages)("%s: its links lead to pages, and to places on them", (path) => {
  const html = readFileSync(join(folder, path), "utf8");
  for (const [, link] of html.matchAll(/(?:href|src)="([^"]*)"/g)) {
    if (/^(?:https?|mailto):/.test(link!)) continue;
    const [file, place] = link!.split("#") as [string, string | undefined];
    const target = file === "" ? path : join(dirname(path), file);
    if (OTHERS.test(target)) continue;
    expect(existsSync(join(folder, target)), `${link} of ${path}`).toBe(true);
    const isThere = place === undefined || readFileSync(join(folder, target), "utf8").includes(`id="${place}"`);
    expect(isThere, `${link} of ${path}`).toBe(true);
  }
});

describe.skipIf(CHROMIUM === undefined)("in Chromium (skipped without it)", () => {
  let browser: Browser;
  let page: Page;
  let server: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    indexPages(folder);
    server = await serve({ "/": { folder }, "/playground/": { type: "text/html", text: "" } });
    browser = await launchChromium();
    page = await browser.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  test.each(["index.html", "search.html", "guides/first-bug.html", "docs/architecture.html", "docs/cli.html"])(
    "%s has nothing that axe finds, and is as wide as the screen, light and dark",
    async (path) => {
      for (const [width, value] of [
        [360, "light"],
        [1400, "dark"],
      ] as const) {
        await page.setViewport({ width, height: 900 });
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
        await page.goto(server.url + path);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
        await page.addScriptTag({ content: axe.source });
        const { violations } = (await page.evaluate("axe.run({ iframes: false })")) as AxeResults;
        expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
      }
    },
  );

  test("search finds pages by their words", async () => {
    await page.goto(`${server.url}search.html?q=quarantine`);
    await page.waitForSelector("#found a");
    expect(await page.$eval("#told", (told) => told.textContent)).toMatch(/^\d+ pages?$/);
  });
});
