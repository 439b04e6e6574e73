/**
 * The example of each package's README runs in a browser as it stands, with nothing put in place of Node's modules, prints what the README
 * says, and stays small. Uses the built packages.
 */
import { join, relative } from "node:path";
import { format } from "node:util";
import { build } from "esbuild";
import type { Browser } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readmeExample } from "../packages/readme.js";
import { publicPackages } from "../packages/stage.js";
import { CHROMIUM, launchChromium } from "./chromium.ts";
import { serve } from "./static-server.js";

/** The most that an example may come to with all that it needs, minified and not compressed. Thousands of bytes. */
const LIMITS: Readonly<Record<string, number>> = {
  "@kasan/arch-arm64": 70,
  "@kasan/arch-riscv64": 60,
  "@kasan/arch-x86": 65,
  "@kasan/architectures": 105,
  "@kasan/explore": 280,
  "@kasan/fuzz": 25,
  "@kasan/guest": 570,
  "@kasan/image": 420,
  "@kasan/kernel": 370,
  "@kasan/mmu": 90,
  "@kasan/platform": 90,
  "@kasan/report": 120,
  "@kasan/shadow": 13,
  "@kasan/vmalloc": 23,
};

const packages = publicPackages()
  .filter(({ manifest }) => manifest.name !== "@kasan/cli")
  .map(({ manifest, folder }) => ({ name: manifest.name as string, ...readmeExample(relative(".", folder)), folder }));

/** An example as one script for a page. */
async function bundle({ code, folder }: { readonly code: string; readonly folder: string }): Promise<string> {
  const { outputFiles, warnings } = await build({
    stdin: { contents: code, loader: "ts", resolveDir: folder },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    // LLVM's tools are fetched when they are needed.
    external: ["@yowasp/clang"],
    logLevel: "silent",
  });
  expect(warnings).toEqual([]);
  return outputFiles[0]!.text;
}

test.each(packages)("$name: its example is small", async (one) => {
  expect((await bundle(one)).length / 1000).toBeLessThan(LIMITS[one.name] ?? 0);
});

/** A page that runs a script, and keeps what is printed. */
const PAGE = `<!doctype html><title>example</title>
<script type="importmap">{ "imports": { "@yowasp/clang": "/clang/bundle.js" } }</script>
<script>
  const printed = [];
  console.log = (...values) => printed.push(values);
  let ended;
  window.onerror = (message) => { ended = message; };
  window.onunhandledrejection = ({ reason }) => { ended = String(reason?.stack ?? reason); };
</script>
<script type="module">import("/script.js").then(() => { ended = "done"; });</script>`;

/** Of that page. */
declare const printed: readonly unknown[][];
declare const ended: string | undefined;

describe.skipIf(CHROMIUM === undefined)("in Chromium (skipped without it)", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  test.each(packages)("$name: its example prints what its README says", async (one) => {
    const server = await serve({
      "/": { type: "text/html", text: PAGE },
      "/script.js": { type: "text/javascript", text: await bundle(one) },
      "/clang/": { folder: "node_modules/@yowasp/clang/gen" },
      ...Object.fromEntries(
        ["browser", "prebuilt"].map((name) => [`/${name}/`, { folder: join("packages/guest/dist", name) }]),
      ),
    });
    const shown = await browser.newPage();
    try {
      await shown.goto(server.url);
      await shown.waitForFunction(() => ended !== undefined, { timeout: 200_000 });
      expect(await shown.evaluate(() => ended)).toBe("done");
      const lines = await shown.evaluate(() => printed);
      expect(lines.map((values) => `${format(...values)}\n`).join("")).toBe(one.expected);
    } finally {
      await shown.close();
      server.close();
    }
  });
});
