/** What a person gives the page: files of all kinds, texts that are pasted, links. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM } from "../../../scripts/browser/chromium.ts";
import { moduleOf } from "./modules.ts";
import { drop, ended, logOf, paste, Site, says, write } from "./site.ts";

const LOG = readFileSync(join(import.meta.dirname, "../../../examples/double_free.txt"), "utf8");

describe.skipIf(CHROMIUM === undefined)("what is given to the playground, in Chromium (skipped without it)", () => {
  let site: Site;
  let page: Page;
  beforeAll(async () => {
    site = await Site.open();
    page = await site.page();
    await ended(page);
  });
  afterAll(() => site?.close());

  const command = () => page.$eval("#command", (line) => line.textContent);
  const editor = () => page.$$eval(".cm-line", (lines) => lines.map((one) => one.textContent).join("\n"));

  test.each([
    ["x.log", Buffer.from(LOG)],
    ["x.log.gz", gzipSync(LOG)],
    ["x.txt", Buffer.from(`\ufeff${LOG}`, "utf16le")],
  ])("a log in %s is explained; nothing of the program before is left", async (name, bytes) => {
    await page.select("#example", "kmalloc_oob_right.c");
    await ended(page);
    await drop(page, [name, bytes]);
    await says(page, name);
    expect(await ended(page)).toBe(`1 report in ${name}.`);
    expect(await page.$eval("article h2", (one) => one.textContent)).toBe("KASAN: invalid-free in double_free_init");
    expect(await logOf(page)).toBe("");
    expect(await page.$$eval(".events li, .note", (all) => all.length)).toBe(0);
    // There is no memory of the machine that it is of.
    expect(await page.$$eval("#panel-report .link", (all) => all.length)).toBe(0);
  });

  test.each([
    ["x.log", [["x.log", ""]], "x.log is empty"],
    [
      "several files",
      [
        ["a.c", "int a;"],
        ["b.c", "int b;"],
      ],
      "One file at a time: 2 were given.",
    ],
    ["a long program", [["long.c", "/".repeat(2 ** 20 + 1)]], "long.c is larger than 1 MB."],
    ["damaged", [["x.gz", "\u001f\u008b\u0008 no"]], "x.gz:"],
    [
      "noise",
      [["noise", "\0\u0001\u0002".repeat(5000)]],
      "noise is no C file, no log and no dump that says what it is. If it is raw memory",
    ],
  ] as const)("%s is told", async (_, files, message) => {
    const before = await editor();
    await drop(page, ...files.map(([name, text]) => [name, Buffer.from(text, "latin1")] as const));
    await says(page, message);
    expect(await page.$eval("#status p", (line) => line.className)).toBe("mark alarm");
    expect(await editor()).toBe(before);
    await ended(page);
  });

  test.each([
    ["-x.c", "x.c"],
    ["..c", "bug.c"],
    ["<b>ünï.C", "_b__n_.c"],
    [`${"x".repeat(200)}.c`, `${"x".repeat(80)}.c`],
  ])("a C file called %s can be run and shared", async (name, plain) => {
    const text = moduleOf("");
    await drop(page, [name, Buffer.from(text)]);
    await says(page, name);
    expect(await command()).toBe(`npx @kasan/cli run ${plain}`);
    await page.click("#share");
    await says(page, "The link is");
    const other = await site.page(new URL(page.url()).hash);
    await says(other, "A program from a link");
    await other.close();
  });

  test("a program that is too long for a link is not shared", async () => {
    const random = Array.from({ length: 200_000 }, (_, i) => ((i * 2654435761) % 2 ** 32).toString(36)).join("");
    await drop(page, ["long.c", Buffer.from(`/*${random.slice(0, 2 ** 20 - 10)}*/`)]);
    await says(page, "long.c");
    const before = page.url();
    await page.click("#share");
    await says(page, "too long for a link");
    expect(page.url()).toBe(before);
  });

  test("a program that quotes a report is pasted into the editor", async () => {
    await write(page, "");
    await paste(page, ".cm-content", `/* BUG: KASAN: slab-out-of-bounds */\n${moduleOf("")}`);
    expect(await editor()).toContain("own_init");
    await paste(page, ".cm-content", LOG);
    await says(page, "1 report in the log that was pasted.");
  });

  test("texts of a hostile log are texts", async () => {
    const name = "<img src=x onerror=alert(1)>";
    await drop(page, [`${name}.log`, Buffer.from(LOG.replaceAll("double_free_init", name))]);
    await says(page, name);
    expect(await ended(page)).toBe(`1 report in ${name}.log.`);
    expect(await page.$$eval("#panel-report img, #status img", (all) => all.length)).toBe(0);
  });
});
