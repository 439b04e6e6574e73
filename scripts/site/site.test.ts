import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import axe, { type AxeResults } from "axe-core";
import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, launchChromium } from "../browser/chromium.ts";
import { serve } from "../browser/static-server.js";
import { documentApi, indexPages, writePages } from "./build.js";

const folder = mkdtempSync(join(tmpdir(), "kasan-site-"));
writePages(folder);
// One package stands for all: typedoc takes long.
documentApi(folder, ["packages/fuzz"]);
afterAll(() => rmSync(folder, { recursive: true }));

const pages = (readdirSync(folder, { recursive: true }) as string[]).filter((path) => path.endsWith(".html"));

/** The parts that are not built here. */
const OTHERS = /^(?:playground|pagefind)\//;

test.each(pages)("%s: its links lead to pages, and to places on them", (path) => {
  const html = readFileSync(join(folder, path), "utf8");
  for (const [, link] of html.matchAll(/(?:href|src)="([^"]*)"/g)) {
    if (/^(?:https?|mailto|data):/.test(link!)) continue;
    const [file, place] = link!.split("#") as [string, string | undefined];
    const target = file === "" ? path : join(dirname(path), file);
    if (OTHERS.test(target)) continue;
    expect(existsSync(join(folder, target)), `${link} of ${path}`).toBe(true);
    const isThere = !place || readFileSync(join(folder, target), "utf8").includes(`id="${place}"`);
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

  /** What axe finds on a page, in a part of it or all, on a narrow light screen and on a wide dark one, which it fits. */
  async function faults(path: string, part: string): Promise<unknown[]> {
    const found: unknown[] = [];
    for (const [width, value] of [
      [360, "light"],
      [1400, "dark"],
    ] as const) {
      await page.setViewport({ width, height: 900 });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
      await page.goto(server.url + path);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      await page.addScriptTag({ content: axe.source });
      const { violations } = (await page.evaluate(`axe.run("${part}", { iframes: false })`)) as AxeResults;
      found.push(...violations.map(({ id, nodes }) => [id, nodes[0]?.html]));
    }
    return found;
  }

  test.each(["index.html", "search.html", "guides/first-bug.html", "docs/architecture.html", "docs/cli.html"])(
    "%s has nothing that axe finds, and is as wide as the screen, light and dark",
    async (path) => expect(await faults(path, "html")).toEqual([]),
  );

  test("on paper there is the text alone", async () => {
    await page.goto(`${server.url}docs/cli.html`);
    await page.emulateMediaType("print");
    const seen = await page.$$eval(".top, .side, .contents, main", (all) =>
      all.filter((one) => one.checkVisibility()).map((one) => one.localName),
    );
    await page.emulateMediaType("screen");
    expect(seen).toEqual(["main"]);
  });

  // What is below is typedoc's.
  test.each(["api/index.html", "api/classes/index.Fuzzer.html"])("%s has the site's header", async (path) => {
    expect(await faults(path, ".top")).toEqual([]);
    expect(await page.$eval(".top [aria-current]", (link) => link.textContent)).toBe("API");
  });

  test("search finds pages by their words", async () => {
    await page.goto(`${server.url}search.html?q=quarantine`);
    await page.waitForSelector("#found a");
    expect(await page.$eval("#told", (told) => told.textContent)).toMatch(/^\d+ pages?$/);
    // From any page: the API has the same header.
    await page.goto(`${server.url}api/index.html`);
    await page.waitForSelector(".top [name=q]", { visible: true });
    await page.type(".top [name=q]", "Fuzzer");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#found a");
    expect(await page.$$eval("#found a", (all) => all.map((one) => one.pathname))).toContain(
      "/api/classes/index.Fuzzer.html",
    );
  });
});
