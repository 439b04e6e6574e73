import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { Cache } from "@kasan/guest";
import { ICON, STYLE } from "@kasan/html";
import { REPORT_STYLE } from "@kasan/report";
import type { Plugin } from "vite";
import { API_FILE } from "../api-entry.ts";
import { type Example, exampleOf, runsAlone } from "../examples.ts";
import { apiOf } from "./api-index.ts";
import { makePacks } from "./packs.ts";

const EXAMPLES = join(import.meta.dirname, "../../../../examples");

/** The examples that the page has. */
function readExamples(): Example[] {
  return readdirSync(EXAMPLES)
    .filter((name) => name.endsWith(".c"))
    .map((name) => exampleOf(name, readFileSync(join(EXAMPLES, name), "utf8")))
    .filter(({ text }) => runsAlone(text));
}

const requirePackage = createRequire(import.meta.url);

/** What browsers fetch of the guest's package: the kernel's headers and its own C, and scripts of threads. */
const GUEST = join(dirname(requirePackage.resolve("@kasan/guest/package.json")), "dist/browser");

/** The icon and the style of all pages, and the style of explained reports. */
export function sharedStyle(): Plugin {
  return {
    name: "kasan-style",
    transformIndexHtml: {
      order: "pre",
      handler: (html) => ({
        html: html.replace("<title>", () => `${ICON}\n<title>`),
        tags: [{ tag: "style", children: `${STYLE}\n${REPORT_STYLE}`, injectTo: "head-prepend" }],
      }),
    },
  };
}

/** A step after the build, which writes to the site's folder. */
function afterBuild(name: string, write: (out: string) => void | Promise<void>): Plugin {
  let out = "";
  return {
    name,
    apply: "build",
    configResolved: (config) => {
      out = config.build.outDir;
    },
    closeBundle: { sequential: true, order: "post", handler: () => write(out) },
  };
}

/** Compiles the examples, and puts them and the kernel's headers and its own C beside the page. */
export const compiledExamples = (): Plugin => afterBuild("kasan-examples", writePacks);

/** Puts the kernel's API, as the headers declare it, beside the page: for completion. */
export const apiIndex = (): Plugin =>
  afterBuild("kasan-api", (out) => {
    const { include } = JSON.parse(readFileSync(join(GUEST, "files.json"), "utf8")) as {
      include: Record<string, string>;
    };
    writeFileSync(join(out, API_FILE), JSON.stringify(apiOf(include)));
  });

/** Puts clang beside the page, with the files that it needs: all that is built of its package. */
export const clang = (): Plugin => afterBuild("kasan-clang", copyClang);

/** Tells the service worker which files there are. It comes after those that write them. */
export const fileList = (): Plugin => afterBuild("kasan-files", tellServiceWorker);

async function writePacks(out: string): Promise<void> {
  const { packs, shared } = await makePacks(readExamples());
  mkdirSync(join(out, "packs"));
  for (const [file, bytes] of packs) writeFileSync(join(out, file), await promisify(gzip)(bytes, { level: 9 }));
  const guest = join(out, "guest");
  mkdirSync(join(guest, "browser"), { recursive: true });
  const prebuilt = new Cache(join(guest, "prebuilt"));
  for (const [key, bytes] of shared) await prebuilt.put(key, bytes);
  writeFileSync(join(guest, "browser/prebuilt.json"), JSON.stringify([...shared.keys()]));
  for (const file of ["files.json", "helper.js", "thread.js"]) cpSync(join(GUEST, file), join(guest, "browser", file));
}

function copyClang(out: string): void {
  cpSync(dirname(requirePackage.resolve("@yowasp/clang")), join(out, "clang"), { recursive: true });
}

/** The service worker keeps all files but clang's from the first visit on. */
function tellServiceWorker(out: string): void {
  const files = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(out.length + 1))
    .filter((file) => file !== "sw.js" && !file.startsWith("clang/"))
    .sort();
  const script = join(out, "sw.js");
  const text = readFileSync(script, "utf8")
    .replace('"%FILES%"', JSON.stringify(["./", ...files]))
    .replace("%VERSION%", hashOf(out, files))
    .replace("%CLANG%", hashOf(out, ["clang/bundle.js"]));
  writeFileSync(script, text);
}

function hashOf(folder: string, files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(folder, file)));
  return hash.digest("hex").slice(0, 16);
}
