/** Guests whose tasks have threads, in Chromium. Uses the built packages. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, launchChromium } from "../../../scripts/browser/chromium.ts";
import { serve } from "../../../scripts/browser/static-server.js";
import { type Job, type Outcome, run } from "./browser-program.ts";
import type { BrowserJob } from "./browser-worker.ts";

const ROOT = join(import.meta.dirname, "../../..");
const DIST = join(import.meta.dirname, "../dist");
const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** A script for a browser, with all that it needs. LLVM's tools are fetched when they are needed. */
async function bundle(name: string): Promise<{ type: string; text: string }> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, name)],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    // A worker has no import map.
    alias: { "@yowasp/clang": "/clang/bundle.js" },
    external: ["/clang/bundle.js"],
  });
  return { type: "text/javascript", text: outputFiles[0]!.text };
}

/** The package's files with one script that is not as it should be. */
const WITHOUT = {
  "/without-helper/": { folder: DIST },
  "/without-helper/browser/helper.js": { type: "text/plain", text: "no script" },
  "/without-thread/": { folder: DIST },
  "/without-thread/browser/thread.js": { type: "text/javascript", text: 'throw new Error("no such script");' },
};

const PAGE = `<!doctype html><title>threads</title>
<script>
  const worker = new Worker("/worker.js", { type: "module" });
  const runJob = (job) => new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(job);
  });
  const runHere = (job) => import("/program.js").then(({ run }) => run(job));
</script>`;

const HEAD = `
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>
`;

const KUNIT = readFileSync(join(ROOT, "examples/kunit_suite.c"), "utf8");

/** Threads of both CPUs count together, and one of them writes out of bounds. */
const TWO_CPUS = `${HEAD}
static DECLARE_COMPLETION(done);
static atomic_t left = ATOMIC_INIT(4), count = ATOMIC_INIT(0), cpus = ATOMIC_INIT(0);
static int add(void *data)
{
	volatile char *p = kmalloc(100, GFP_KERNEL);

	for (int i = 0; i < 5000; i++)
		atomic_inc(&count);
	atomic_or(1 << smp_processor_id(), &cpus);
	if (data)
		p[100] = 1;
	kfree((void *)p);
	if (atomic_dec_and_test(&left))
		complete(&done);
	return 0;
}
static int __init start(void)
{
	for (long i = 0; i < 4; i++)
		kthread_run(add, (void *)(i == 3 ? 1L : 0L), "add/%ld", i);
	wait_for_completion(&done);
	pr_info("%d on %x\\n", atomic_read(&count), atomic_read(&cpus));
	return 0;
}
module_init(start);`;

const ENDLESS = `${HEAD}
static int __init start(void) { for (volatile int i = 0;; i++) ; return 0; }
module_init(start);`;

/** It ends neither in the first thread, nor in another. */
const ENDLESS_THREAD = `${HEAD}
static DECLARE_COMPLETION(never);
static int spin(void *data) { for (volatile int i = 0;; i++) ; return 0; }
static int __init start(void) { kthread_run(spin, NULL, "spin"); wait_for_completion(&never); return 0; }
module_init(start);`;

/** Of the page: what runs a job in its worker, and in its own thread. */
declare function runJob(job: BrowserJob): Promise<Outcome>;
declare function runHere(job: Job): Promise<Outcome>;

describe.skipIf(CHROMIUM === undefined)("in Chromium (skipped without it)", () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serve>>;
  let scripts: Record<string, { type: string; text: string }>;
  let page: Page;

  const urlOf = (path: string): string => new URL(path, server.url).href;
  async function openPage(): Promise<Page> {
    const opened = await browser.newPage();
    await opened.goto(server.url);
    return opened;
  }
  async function open(headers: Record<string, string>): Promise<void> {
    server = await serve(
      {
        "/": { type: "text/html", text: PAGE },
        ...scripts,
        ...WITHOUT,
        "/clang/": { folder: join(ROOT, "node_modules/@yowasp/clang/gen") },
        "/browser/": { folder: join(DIST, "browser") },
        "/prebuilt/": { folder: join(DIST, "prebuilt") },
      },
      headers,
    );
    page = await openPage();
  }
  const runThere = (job: BrowserJob, on = page): Promise<Outcome> =>
    on.evaluate((one) => runJob(one), { plugins: urlOf("plugins.js"), ...job });

  beforeAll(async () => {
    scripts = {
      "/worker.js": await bundle("browser-worker.ts"),
      "/program.js": await bundle("browser-program.ts"),
      "/plugins.js": await bundle("plugins.js"),
    };
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  describe("in a page that is isolated", () => {
    beforeAll(() => open(ISOLATED));
    afterAll(() => server.close());

    test("a KUnit suite has the log that it has in Node.js", async () => {
      const there = await runThere({ source: KUNIT });
      const here = await run({ source: KUNIT, plugins: new URL("plugins.js", import.meta.url).href });
      expect(there.error).toBeUndefined();
      expect(there.tests).toEqual(["ok ring_keeps_order", "ok ring_refuses_when_full", "not ok ring_goes_round"]);
      // A page knows no folder of this package.
      const log = here.log.map((line) => ({ ...line, text: line.text.replaceAll("packages/guest/", "") }));
      expect(there).toEqual({ ...here, log });
    });

    test("with two CPUs, both are used, and a bug is found", async () => {
      const { log, bugs, error, stopped } = await runThere({ source: TWO_CPUS, cpus: 2 });
      expect({ error, stopped }).toEqual({});
      expect(bugs).toEqual(["slab-out-of-bounds by add/3"]);
      expect(log.at(-1)!.text).toBe("20000 on 3");
    });

    test.each([
      ["the first task", ENDLESS, 1],
      ["another task", ENDLESS_THREAD, 1],
      ["another task on another CPU", ENDLESS_THREAD, 2],
    ])("%s that does not end is stopped, and the next program runs", async (_who, source, cpus) => {
      const { error, stopped } = await runThere({ source, cpus, timeout: 1 });
      expect({ error, stopped }).toEqual({ stopped: "timeout" });
      expect((await runThere({ source: TWO_CPUS, cpus: 2 })).bugs).toHaveLength(1);
    });

    test("plugins that cannot be loaded are told of", async () => {
      const { error } = await runThere({ source: KUNIT, plugins: urlOf("nothing.js") });
      expect(error?.message).toMatch(/nothing\.js/);
    });

    test.each([
      ["helper", /^the program waits for a thread, and the worker for its threads does not start: .*helper\.js/],
      ["thread", /in a thread of the machine: .*no such script/],
    ])("a script that is not there is told of: %s.js", async (name, message) => {
      const other = await openPage();
      const { error } = await runThere({ source: KUNIT, assets: urlOf(`without-${name}/`) }, other);
      expect(error?.message).toMatch(message);
      await other.close();
    });

    test("a page's own thread is told to use a worker", async () => {
      const { error } = await page.evaluate((job) => runHere(job), { source: KUNIT, plugins: urlOf("plugins.js") });
      expect(error).toEqual({ code: "NO_THREADS", message: expect.stringContaining("in a worker") });
    });
  });

  describe("in a page that is not", () => {
    beforeAll(() => open({}));
    afterAll(() => server.close());

    test("a program that waits for a thread is refused, and what it takes is told", async () => {
      const { error } = await runThere({ source: KUNIT });
      expect(error?.code).toBe("NO_THREADS");
      expect(error?.message).toMatch(
        /Cross-Origin-Opener-Policy: same-origin.*Cross-Origin-Embedder-Policy: require-corp/,
      );
    });
  });
});
