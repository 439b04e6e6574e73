import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { architectures } from "@kasan/architectures";
import { Cache, cacheFolder, PREBUILT_FOLDER } from "@kasan/guest";
import { formatLogLine, type LogLine } from "@kasan/kernel";
import axe, { type AxeResults } from "axe-core";
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM } from "../../../scripts/browser/chromium.ts";
import { ISOLATED } from "../../../scripts/browser/static-server.js";
import { DEFAULTS, modesOf } from "../src/settings.ts";
import { runRecorded } from "../src/worker/run.ts";
import { moduleOf } from "./modules.ts";
import { choose, drop, ended, logOf, paste, reset, run, Site, says, type, write } from "./site.ts";

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

const folder = mkdtempSync(join(tmpdir(), "kasan-playground-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs `kasan run` in a folder. Returns what it prints. */
const command = (cwd: string, ...args: string[]): Promise<string> =>
  new Promise((resolve) =>
    execFile(process.execPath, [join(EXAMPLES, "../apps/cli/bin/kasan.js"), "run", ...args], { cwd }, (_, out) =>
      resolve(out),
    ),
  );

/** Has the command dump the memory of an example. Returns the bad address of its report. */
async function dumpOf(example: string, file: string): Promise<string> {
  const log = await command(EXAMPLES, example, "--no-locate", "--memory", "16M", "--dump", file);
  return /at addr ([0-9a-f]{16})/.exec(log)![1]!;
}

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

  // KASAN_EVERY_MODE=1 asks for it: it takes two minutes.
  test.runIf(process.env["KASAN_EVERY_MODE"])(
    "every example in every mode has the log that it has in Node.js",
    async () => {
      const offered = await page.$$eval("#example option", (all) => all.map((one) => one.value));
      const cache = new Cache(cacheFolder(), [PREBUILT_FOLDER]);
      let compared = 0;
      for (const arch of architectures.names)
        for (const mode of modesOf(arch))
          for (const name of offered.filter((one) => one.endsWith(".c"))) {
            const text = readFileSync(join(EXAMPLES, name), "utf8");
            let wanted = "";
            const log = (line: LogLine) => {
              wanted += `${formatLogLine(line)}\n`;
            };
            const settings = { ...DEFAULTS, arch, mode, locate: false };
            const here = await runRecorded({ name, text }, settings, cache, { log }).catch(() => undefined);
            await reset(page, { arch, mode, locate: "false" });
            await page.select("#example", name);
            const said = await ended(page);
            if (here) expect(await logOf(page), `${name} ${arch} ${mode}`).toBe(wanted);
            else expect(said, `${name} ${arch} ${mode}`).toMatch(/^It did not run/);
            compared++;
          }
      expect(compared).toBeGreaterThan(100);
      await reset(page, {});
    },
    1_200_000,
  );

  test("with source lines, too", async () => {
    await page.select("#example", "slab_use_after_free.c");
    await ended(page);
    const out = await command(EXAMPLES, "slab_use_after_free.c", "--all-reports");
    // The command shows excerpts of the source as well; the headers' folder is where its package is.
    const log = out.replaceAll(/^(?!\[).*\n/gm, "").replaceAll("../packages/guest/include/", "include/");
    expect(log).toContain("(slab_use_after_free.c:19)");
    expect(await logOf(page)).toBe(log);
  }, 60_000);

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

  test("what is said of a run that another one ended is not said", async () => {
    const loop = async () => {
      await write(page, moduleOf("for (;;) barrier();"));
      await page.click("#run");
      await page.waitForFunction(() => document.querySelector("#status p")!.textContent === "running …");
    };
    await loop();
    await page.focus(".cm-content");
    await page.keyboard.type(" ");
    expect(await page.$eval("#status p", (line) => line.textContent)).toBe("running …");
    await drop(page, ["next.c", Buffer.from(moduleOf(""))]);
    await ended(page);
    expect(await page.$eval("#status p", (line) => line.textContent)).toBe("next.c: Run compiles it and runs it.");
    expect(await page.$eval("#panel-report", (panel) => panel.textContent)).toBe("");
    await loop();
    await drop(page, ["x.log", Buffer.from("quiet")]);
    await page.waitForFunction(() => /x.log/.test(document.querySelector("#status p")!.textContent!));
    expect(await ended(page)).toBe("No report in x.log.");
  }, 300_000);

  test("many reports are counted, and an end that is no report is told", async () => {
    await write(
      page,
      moduleOf(
        "volatile char *p = kmalloc(10, GFP_KERNEL);",
        "for (int i = 0; i < 60; i++) p[10 + i % 6] = 1;",
        "kfree((void *)p);",
        "kfree((void *)p);",
      ),
    );
    expect(await run(page)).toBe("50 × KASAN: slab-out-of-bounds Write in own_init; and 11 more");
    expect(await page.$$eval("article", (all) => all.length)).toBe(50);
    expect(await page.$eval("#panel-report > :last-child", (last) => last.textContent)).toBe(
      "11 more reports are in the log.",
    );
    await write(page, moduleOf('WARN(1, "odd");', "return -EINVAL;"));
    expect(await run(page)).toBe(
      "KASAN found nothing wrong. (a warning is in the kernel log, the module's function returned -22)",
    );
  }, 60_000);

  test("a long time line is seen in pages, and ends where it says", async () => {
    await write(page, moduleOf("for (int i = 1; i <= 6000; i++) kfree(kmalloc(1, GFP_KERNEL));"));
    await run(page);
    await page.click("#tab-timeline");
    const said = () => page.$eval("#panel-timeline p", (line) => line.textContent!);
    const listed = () => page.$$eval(".events li", (all) => all.length);
    expect(await said()).toMatch(/^Step 10000 of 10000: kfree of [0-9a-f]{16}\. Allocated now: 0 objects, 0 bytes\.$/);
    expect(await page.$eval("#panel-timeline", (panel) => panel.textContent)).toContain("2000 more events");
    expect([await listed(), await page.$eval(".events", (list) => (list as HTMLOListElement).start)]).toEqual([
      200, 9801,
    ]);
    await page.click("[aria-label='200 steps back']");
    expect(await page.$eval(".events", (list) => (list as HTMLOListElement).start)).toBe(9601);
    await page.click("[aria-label='One step back']");
    expect(await said()).toMatch(/^Step 9799 of 10000: kmalloc gave 1 byte at .* Allocated now: 1 object, 1 byte\.$/);
    expect(await page.$$eval(".lane", (all) => all.length)).toBe(1);
    const isSeen = await page.$eval(".events [aria-current]", (item) => {
      const [own, list] = [item, item.parentElement!].map((one) => one.getBoundingClientRect());
      return own!.top >= list!.top && own!.bottom <= list!.bottom;
    });
    expect(isSeen).toBe(true);
  }, 60_000);

  test("a narrow page stays where it is when the editor shows what went wrong", async () => {
    await page.bringToFront();
    await page.setViewport({ width: 360, height: 400 });
    await page.select("#example", "kmalloc_oob_right.c");
    await ended(page);
    await page.waitForFunction(() => document.querySelector(".cm-scroller")!.scrollTop > 0);
    expect(await page.evaluate(() => scrollY)).toBe(0);
    await page.setViewport({ width: 1400, height: 900 });
  });

  test("memory, time line and modes of an example", async () => {
    await page.select("#example", "slab_use_after_free.c");
    await ended(page);
    await page.click("#tab-timeline");
    const events = await page.$$eval(".events li", (all) =>
      all.map((one) => one.textContent!.replace(/^.*? s |\b[0-9a-f]{16} /g, "")),
    );
    const [alloc, free] = ["kmalloc, 24 bytes in slab_use_after_free.c:25", "kfree in slab_use_after_free.c:19"];
    expect(events).toEqual([alloc, alloc, alloc, free, free, free]);
    await page.click("#tab-log");
    await page.$eval(".log .loud ~ .link", (link) => (link as HTMLElement).click());
    // What was shown of the program before stays until the new memory is there.
    await page.waitForFunction(() =>
      document.querySelector("#panel-memory:not([hidden])")?.textContent?.includes("kmalloc-32"),
    );
    const said = await page.$eval("#panel-memory", (panel) => panel.textContent!);
    expect(said).toContain("KASAN would report a read of size 1: slab-use-after-free");
    expect(said).toMatch(
      /An object of kmalloc-32 .*Allocated by task 100 in slab_use_after_free.c:25. Freed by task \d+ in slab_use_after_free.c:19/,
    );
    expect(await page.$$eval(".level summary", (all) => all.map((one) => one.textContent!.split(" ")[0]))).toContain(
      "PGD",
    );
    await page.click("#tab-modes");
    await page.click("#panel-modes button");
    await ended(page);
    const rows = await page.$$eval("#panel-modes tbody tr", (all) =>
      all.map((row) => row.textContent!.replace(/\d+ KB$/, "")),
    );
    expect(rows).toEqual([
      "genericslab-use-after-free Read",
      "sw_tagsslab-use-after-free Read",
      "hw_tagsslab-use-after-free Read",
      "offnobody looked",
    ]);
  }, 60_000);

  test("memory is that of the first report, or of the end", async () => {
    await page.select("#example", "kmalloc_oob_right.c");
    await ended(page);
    const verdict = () => page.$eval("#panel-memory .mark", (mark) => mark.textContent);
    await page.click("#tab-memory");
    await page.waitForSelector("#panel-memory .mark");
    expect(await verdict()).toContain("slab-out-of-bounds");
    await page.select("#panel-memory select", "end");
    await page.waitForFunction(() => /Freed by/.test(document.querySelector("#panel-memory")!.textContent!));
    expect(await verdict()).toContain("slab-use-after-free");
    await page.select("#panel-memory select", "report");
    await page.waitForFunction(() => !/Freed by/.test(document.querySelector("#panel-memory")!.textContent!));
    expect(await verdict()).toContain("slab-out-of-bounds");
  }, 60_000);

  test("the kernel's API is completed, with what its headers say", async () => {
    await write(page, "kmem_cache_cr");
    await page.waitForSelector(".cm-completionInfo");
    const info = await page.$eval(".cm-completionInfo", (one) => one.textContent);
    expect(info).toContain("struct kmem_cache *kmem_cache_create(const char *name");
    expect(info).toContain("#include <linux/slab.h>");
    await page.keyboard.press("Escape");
  });

  test("a pasted report is explained, a dropped dump is looked into, what is neither is told", async () => {
    const log = readFileSync(join(EXAMPLES, "double_free.txt"), "utf8");
    await paste(page, "body", log);
    await page.waitForFunction(() => /1 report/.test(document.querySelector("#status p")!.textContent!));
    expect(await page.$eval("article h2", (one) => one.textContent)).toBe("KASAN: invalid-free in double_free_init");
    const dump = join(folder, "dump.elf");
    const bad = await dumpOf("slab_use_after_free.c", dump);
    await (await page.$("input#file"))!.uploadFile(dump);
    await page.waitForFunction(() =>
      /x86-64, 4 levels.*KASAN: generic/.test(document.querySelector("#status p")!.textContent!),
    );
    expect(await page.$eval("#panel-memory", (panel) => panel.textContent)).toContain("direct map");
    await type(page, "#address", bad);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#panel-memory .mark.bad");
    expect(await page.$eval("#panel-memory .mark", (mark) => mark.textContent)).toContain("slab-use-after-free");
    // A report that comes with its dump: its addresses lead there.
    await paste(page, "body", log);
    await says(page, "1 report");
    await page.$eval("#panel-report .link", (link) => (link as HTMLElement).click());
    await page.waitForSelector("#panel-memory:not([hidden]) .byte.own");
    await drop(page, ["noise.bin", Uint8Array.of(0, 1, 2, 3)]);
    await says(page, "noise.bin is no C file");
    expect(await page.$eval("#status p", (line) => line.className)).toBe("mark alarm");
  }, 60_000);

  test.each([
    [360, "light"],
    [1400, "dark"],
  ] as const)(
    "nothing that axe finds at %d px, %s; nothing is wider",
    async (width, scheme) => {
      await page.setViewport({ width, height: 900 });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.select("#example", "kmalloc_oob_right.c");
      await ended(page);
      await page.$$eval("details", (all) => all.forEach((one) => void one.setAttribute("open", "")));
      await page.evaluate(axe.source);
      for (const tab of ["report", "log", "memory", "timeline", "modes"]) {
        await page.click(`#tab-${tab}`);
        const violations: AxeResults["violations"] = await page.evaluate(
          async () => (await (globalThis as unknown as { axe: typeof axe }).axe.run()).violations,
        );
        expect(violations.map(({ id, nodes }) => [tab, id, nodes[0]!.html])).toEqual([]);
        const beyond = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(beyond, tab).toBe(0);
      }
      await page.setViewport({ width: 1400, height: 900 });
    },
    60_000,
  );

  test("Ctrl-Enter runs the program, wherever the cursor is", async () => {
    const text = moduleOf("static int n; /* x */");
    for (const [place, found] of [
      ["#tab-log", "from a tab"],
      [".cm-content", "from the editor"],
    ] as const) {
      await write(page, text.replace("/* x */", `pr_info("${found}\\n");`));
      await page.focus(place);
      await page.keyboard.down("Control");
      await page.keyboard.press("Enter");
      await page.keyboard.up("Control");
      expect(await ended(page)).toBe("KASAN found nothing wrong.");
      expect((await logOf(page)).match(/from .*/g)).toEqual([found]);
    }
  }, 60_000);

  test("tabs are reached and changed by keys", async () => {
    await page.focus("#tab-report");
    await page.keyboard.press("ArrowRight");
    expect(await page.evaluate(() => document.activeElement!.id)).toBe("tab-log");
    expect(await page.$$eval("[role=tabpanel]:not([hidden])", (all) => all.map((one) => one.id))).toEqual([
      "panel-log",
    ]);
    await page.keyboard.press("End");
    expect(await page.evaluate(() => document.activeElement!.id)).toBe("tab-modes");
  });

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
      "npx @kasan/cli run bug.c --arch arm64 --mode sw_tags",
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

describe.skipIf(CHROMIUM === undefined)("on a host that isolates its pages, in Chromium (skipped without it)", () => {
  let site: Site;
  let page: Page;
  beforeAll(async () => {
    site = await Site.open(ISOLATED);
    page = await site.page();
    await ended(page);
  });
  afterAll(() => site?.close());

  test("a suite whose cases are threads has the log of the command, byte for byte", async () => {
    await reset(page, { locate: "false" });
    await write(page, readFileSync(join(EXAMPLES, "kunit_suite.c"), "utf8"));
    await run(page);
    const name = await page.$eval("#command", (line) => /(\w+)\.c\b/.exec(line.textContent!)![1]!);
    const log = readFileSync(join(EXAMPLES, "kunit_suite.txt"), "utf8").replaceAll("kunit_suite", name);
    expect(await logOf(page)).toBe(log);
  });

  test("two CPUs run at the same time", async () => {
    await reset(page, { cpus: "2" });
    await write(page, moduleOf('pr_info("%u CPUs\\n", num_online_cpus());'));
    await run(page);
    expect(await logOf(page)).toContain("2 CPUs");
  });
});

describe.skipIf(CHROMIUM === undefined)("on any other host, in Chromium (skipped without it)", () => {
  test("there is one CPU, and a program that starts threads is told what they need", async () => {
    const site = await Site.open();
    try {
      const page = await site.page();
      await ended(page);
      expect(await page.$eval("[name=cpus]", (list) => (list as HTMLSelectElement).disabled)).toBe(true);
      await write(page, readFileSync(join(EXAMPLES, "kunit_suite.c"), "utf8"));
      expect(await run(page)).toMatch(/Cross-Origin-Opener-Policy/);
    } finally {
      await site.close();
    }
  });
});
