import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM } from "../../../scripts/browser/chromium.ts";
import { choose, ended, logOf, reset, run, Site, write } from "./site.ts";

const EXAMPLES = join(import.meta.dirname, "../../../examples");

/** Logs that were made with parameters of the kernel's command line, which the page has not. */
const WITH_PARAMETERS = ["hw_tags/vmalloc_out_of_bounds.txt", "hw_tags/slab_use_after_free_async.txt"];

/** Logs of `kasan run --no-locate`, and the settings that they were made with. A test of the command holds it to them. */
const LOGS = (
  [
    [".", {}],
    ["arm64", { arch: "arm64" }],
    ["sw_tags", { arch: "arm64", mode: "sw_tags" }],
    ["hw_tags", { arch: "arm64", mode: "hw_tags" }],
    ["riscv64", { arch: "riscv64" }],
    ["per_page", { shadowScheme: "per-page" }],
  ] as const
).flatMap(([folder, settings]) =>
  readdirSync(join(EXAMPLES, folder))
    .filter((name) => name.endsWith(".txt") && !WITH_PARAMETERS.includes(join(folder, name)))
    .map((name) => ({ log: join(folder, name), name: name.replace(/\.txt$/, ".c"), settings })),
);

/** A short link that would be a text of two megabytes. */
const bomb = (): string => deflateRawSync(" ".repeat(2 ** 21)).toString("base64url");

/** A module whose init function has these lines. */
const moduleOf = (...lines: string[]): string =>
  [
    "#include <linux/module.h>",
    "#include <linux/slab.h>",
    "static int __init own_init(void)",
    "{",
    ...lines,
    "return 0;",
    "}",
    "module_init(own_init);",
    'MODULE_LICENSE("GPL");',
  ].join("\n");

describe.skipIf(CHROMIUM === undefined)("the playground in Chromium (skipped without it)", () => {
  let site: Site;
  let page: Page;
  beforeAll(async () => {
    site = await Site.open();
    page = await site.page();
    await ended(page);
  }, 120_000);
  afterAll(() => site?.close());

  test("the first example is run at once, and explained", async () => {
    expect(await ended(page)).toBe("KASAN: slab-out-of-bounds Write in oob_init");
    expect(await page.$$eval("article h2", (all) => all.map((one) => one.textContent))).toEqual([
      "KASAN: slab-out-of-bounds Write in oob_init",
    ]);
    const notes = await page.$$eval(".note", (all) => all.map((one) => one.textContent));
    expect(notes).toEqual(["allocated here", "bad write"]);
  });

  test("logs are those of the command, byte for byte", async () => {
    const offered = await page.$$eval("#example option", (all) => all.map((one) => one.value));
    const logs = LOGS.filter(({ name }) => offered.includes(name));
    expect(logs.length).toBeGreaterThan(30);
    for (const { log, name, settings } of logs) {
      await reset(page, { locate: "false", ...settings });
      await page.select("#example", name);
      await ended(page);
      expect(await logOf(page), log).toBe(readFileSync(join(EXAMPLES, log), "utf8"));
    }
    await reset(page, {});
  }, 300_000);

  test("a program that does not compile: the error is at its place, and the next one runs", async () => {
    await write(page, moduleOf("int x = y;"));
    expect(await run(page)).toBe("It did not run: the C code does not compile");
    const marked = await page.$$eval(".cm-lintRange-error", (all) => all.map((one) => one.textContent));
    expect(marked).toEqual(["y"]);
    await write(page, moduleOf("char *p = kmalloc(8, GFP_KERNEL); kfree(p); *(volatile char *)p = 1;"));
    expect(await run(page)).toBe("KASAN: slab-use-after-free Write in own_init");
    const notes = await page.$$eval(".note", (all) => all.map((one) => one.textContent));
    expect(notes.sort()).toEqual(["allocated here", "bad write", "freed here"]);
  }, 300_000);

  test("an endless loop is stopped by hand and by time", async () => {
    await write(page, moduleOf("for (;;) barrier();"));
    await page.click("#run");
    await page.waitForFunction(() => document.querySelector("#status p")!.textContent === "running …");
    await page.click("#stop");
    expect(await ended(page)).toBe("Stopped.");
    await choose(page, "timeout", "5");
    expect(await run(page)).toBe("Stopped: it did not end in 5 s.");
    await reset(page, {});
  }, 300_000);

  test("a link holds program and settings", async () => {
    const text = moduleOf('pr_info("ünïcode\\n");');
    await write(page, text);
    await choose(page, "arch", "arm64");
    await choose(page, "mode", "sw_tags");
    await page.click("#share");
    await page.waitForFunction(() => location.hash !== "");
    const other = await site.page(new URL(page.url()).hash);
    await other.waitForFunction(() => document.querySelector("#status p")!.textContent !== "");
    expect(await other.$$eval(".cm-line", (lines) => lines.map((one) => one.textContent).join("\n"))).toBe(text);
    expect(await other.$eval("#command", (line) => line.textContent)).toBe(
      "npx kasan run bug.c --arch arm64 --mode sw_tags",
    );
    await other.close();
  });

  test.each([
    ["#p=%%%", "damaged"],
    ["#p=AAAA", "damaged"],
    [`#p=${"A".repeat(200_001)}`, "too long"],
    // A megabyte of spaces, and more.
    [`#p=${bomb()}`, "too much"],
    [`#p=${deflateRawSync('{"name":"../x","text":1}').toString("base64url")}`, "no program"],
  ])("a link that is none: %.20s", async (fragment, message) => {
    const other = await site.page(fragment);
    await other.waitForFunction(() => document.querySelector("#status p")!.textContent !== "");
    expect(await other.$eval("#status p", (line) => line.textContent)).toContain(message);
    await other.close();
  });

  test("works without a network after the first visit", async () => {
    await page.waitForSelector("html[data-offline=ready]");
    site.disconnect();
    await page.goto(site.url);
    expect(await ended(page)).toBe("KASAN: slab-out-of-bounds Write in oob_init");
    await page.select("#example", "vmalloc_out_of_bounds.c");
    expect(await ended(page)).toBe("KASAN: vmalloc-out-of-bounds Read in area_oob_init");
    // clang was fetched by a test above.
    await write(page, moduleOf('pr_info("offline\\n");'));
    expect(await run(page)).toBe("KASAN found nothing wrong.");
    expect(await logOf(page)).toContain("offline");
  }, 120_000);
});
