import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "puppeteer-core";
import { launchChromium } from "../../../scripts/browser/chromium.ts";
import { serve } from "../../../scripts/browser/static-server.js";

const FOLDER = join(import.meta.dirname, "../dist");

/** The page, served on this machine, and a browser. */
export class Site {
  private constructor(
    private readonly server: Awaited<ReturnType<typeof serve>>,
    readonly browser: Browser,
  ) {}

  /**
   * @param headers - of all that is served
   * @param path - of the page on its host
   * @param changed - files in place of the page's own
   */
  static async open(
    headers: Readonly<Record<string, string>> = {},
    path = "/",
    changed: Readonly<Record<string, string>> = {},
  ): Promise<Site> {
    if (!existsSync(join(FOLDER, "sw.js"))) throw new Error("the page is not built: npm run playground builds it");
    const files = Object.entries(changed).map(
      ([name, text]) => [path + name, { type: "text/javascript", text }] as const,
    );
    const server = await serve({ [path]: { folder: FOLDER }, ...Object.fromEntries(files) }, headers);
    return new Site({ ...server, url: server.url + path.slice(1) }, await launchChromium());
  }

  /** A script of the page, to be changed. */
  static script(name: string): string {
    return readFileSync(join(FOLDER, name), "utf8");
  }

  /** The name of the worker's script. */
  static get workerName(): string {
    return `assets/${readdirSync(join(FOLDER, "assets")).find((name) => name.startsWith("worker-"))}`;
  }

  get url(): string {
    return this.server.url;
  }

  /** Opens the page in a tab. */
  async page(fragment = ""): Promise<Page> {
    const page = await this.browser.newPage();
    await page.setViewport({ width: 1400, height: 900 });
    await page.goto(this.url + fragment);
    return page;
  }

  /** Ends the server: the browser is without a network then. */
  disconnect(): void {
    this.server.close();
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.server.close();
  }
}

/** Waits until nothing runs, and returns what the page says. */
export async function ended(page: Page): Promise<string> {
  await page.waitForSelector('#results[aria-busy="false"]');
  return page.$eval("#status p", (line) => line.textContent!);
}

/** The kernel's log, as the page shows it. */
export const logOf = (page: Page): Promise<string> => page.$eval(".log", (log) => log.textContent!);

/** Changes a field as a person does. */
export async function choose(page: Page, name: string, value: string): Promise<void> {
  await page.$eval(
    `#settings [name=${name}]`,
    (field, chosen) => {
      if (field instanceof HTMLInputElement) field.checked = chosen === "true";
      else (field as HTMLSelectElement).value = chosen;
      field.dispatchEvent(new Event("change"));
    },
    value,
  );
}

/** Sets these fields, and all others to what they are at first. */
export async function reset(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  const all = {
    arch: "x86_64",
    mode: "generic",
    shadowScheme: "per-byte",
    timeout: "60",
    cpus: "1",
    locate: "true",
    ...fields,
  };
  for (const [name, value] of Object.entries(all)) await choose(page, name, value);
}

/** Writes another program. */
export const write = (page: Page, text: string): Promise<void> => type(page, ".cm-content", text);

/** Writes a text instead of what a field has. */
export async function type(page: Page, field: string, text: string): Promise<void> {
  await page.focus(field);
  await page.keyboard.down("Control");
  await page.keyboard.press("a");
  await page.keyboard.up("Control");
  await page.keyboard.sendCharacter(text);
}

/** Runs the program. */
export async function run(page: Page): Promise<string> {
  await page.click("#run");
  return ended(page);
}

/** Drops files on the page. */
export const drop = (page: Page, ...files: readonly (readonly [name: string, bytes: Uint8Array])[]): Promise<void> =>
  page.evaluate(
    (dropped) => {
      const data = new DataTransfer();
      for (const [name, content] of dropped) data.items.add(new File([new Uint8Array(content)], name));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    },
    files.map(([name, bytes]) => [name, [...bytes]] as const),
  );

/** Pastes a text. */
export const paste = (page: Page, where: string, text: string): Promise<void> =>
  page.$eval(
    where,
    (target, pasted) => {
      const data = new DataTransfer();
      data.setData("text/plain", pasted);
      target.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    },
    text,
  );

/** Waits until the page says something. */
export const says = (page: Page, words: string): Promise<unknown> =>
  page.waitForFunction((wanted) => document.querySelector("#status p")!.textContent!.includes(wanted), {}, words);
