/** The page on hosts, and in browsers, that have not all that it could use. */
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "puppeteer-core";
import { describe, expect, test } from "vitest";
import { CHROMIUM } from "../../../scripts/browser/chromium.ts";
import { moduleOf } from "./modules.ts";
import { ended, logOf, run, Site, says, write } from "./site.ts";

const USE_AFTER_FREE = moduleOf("char *p = kmalloc(8, GFP_KERNEL); kfree(p); *(volatile char *)p = 1;");
const FOUND = "KASAN: slab-use-after-free Write in own_init";

/** Puts this before a script: a browser that refuses to keep anything. */
const DENY = `Object.defineProperty(self, "caches", { get() { throw new DOMException("denied", "SecurityError"); } });\n`;

/** Opens a page, and closes all of it afterwards. */
async function visit(site: Promise<Site>, look: (page: Page, site: Site) => Promise<void>): Promise<void> {
  const opened = await site;
  try {
    await look(await opened.page(), opened);
  } finally {
    await opened.close();
  }
}

/** A host between a browser and another host, which sends a part of what a path has, and the rest when it is told to. */
async function slowly(behind: string, path: string, part: number) {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const server = createServer((asked, answer) => {
    request(new URL(asked.url!, behind), async (found: IncomingMessage) => {
      answer.writeHead(found.statusCode!, found.headers);
      let sent = 0;
      for await (const chunk of found) {
        sent += (chunk as Buffer).length;
        answer.write(chunk);
        if (asked.url === path && sent > part) await released;
      }
      answer.end();
    }).end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/`, release, close };
}

describe.skipIf(CHROMIUM === undefined)("the playground in Chromium (skipped without it)", () => {
  test("in a folder of its host: paths in logs and messages are as anywhere", () =>
    visit(Site.open({}, "/some folder/"), async (page) => {
      await ended(page);
      expect(await logOf(page)).toMatch(/\(include\/linux\/slab\.h:\d+ kmalloc_oob_right\.c:14\)/);
      await write(page, `void absent(void);\n${moduleOf("absent();")}`);
      await run(page);
      expect(await page.$eval("#panel-report", (panel) => panel.textContent)).toContain("called at bug.c:6");
    }));

  test("in a browser that keeps nothing", () => {
    const scripts = ["sw.js", Site.workerName].map((name) => [name, DENY + Site.script(name)]);
    return visit(Site.open({}, "/", Object.fromEntries(scripts)), async (page, site) => {
      await ended(page);
      // Its service worker answers now.
      await page.goto(site.url);
      expect(await ended(page)).toBe("KASAN: slab-out-of-bounds Write in oob_init");
      await write(page, USE_AFTER_FREE);
      expect(await run(page)).toBe(FOUND);
    });
  });

  test("a worker that cannot be loaded is told, each time", () =>
    visit(Site.open({}, "/", { [Site.workerName]: 'throw new Error("no such luck");' }), async (page) => {
      for (let i = 0; i < 2; i++) {
        await says(page, "no such luck");
        await ended(page);
        await page.select("#example", "double_free.c");
      }
    }));

  test(
    "clang comes slowly: how much there is, is shown; Stop works, and so does the next run",
    () =>
      visit(Site.open(), async (_, site) => {
        const part = 8 * 2 ** 20;
        const slow = await slowly(site.url, "/clang/llvm.core.wasm", part);
        try {
          const page = await site.browser.newPage();
          await page.goto(slow.url);
          await ended(page);
          await write(page, USE_AFTER_FREE);
          await page.click("#run");
          const bar = () => page.$eval("progress", ({ hidden, value, max }) => ({ hidden, value, max }));
          await page.waitForFunction((least) => document.querySelector("progress")!.value >= least, {}, part);
          const { hidden, value, max } = await bar();
          expect(hidden).toBe(false);
          // What is read aloud does not change with each percent.
          expect(await page.$eval("#status p", (line) => line.textContent)).toBe("fetching clang, once …");
          expect(await page.$eval("#status span", (amount) => amount.textContent)).toMatch(/^\d+ of \d+ MB$/);
          expect(value).toBeLessThan(max / 2);
          await page.click("#stop");
          expect(await ended(page)).toBe("Stopped.");
          expect((await bar()).hidden).toBe(true);
          await page.click("#run");
          slow.release();
          expect(await ended(page)).toBe(FOUND);
        } finally {
          slow.close();
        }
      }),
    300_000,
  );

  test("without scripts the page says that it needs them", () =>
    visit(Site.open(), async (page, site) => {
      await page.setJavaScriptEnabled(false);
      await page.goto(site.url);
      expect(await page.$eval("noscript", (one) => one.getBoundingClientRect().height)).toBeGreaterThan(0);
    }));
});
