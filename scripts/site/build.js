/**
 * Builds the site: a front page, guides, docs, API docs, the playground, and a search over all.
 *
 *     npm run site                builds it into site/
 *     npm run site -- --serve     and serves it on this machine
 *
 * All files are static, and all links are relative: any host will do, in any folder.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ISOLATED, serve } from "../browser/static-server.js";
import { frameApi } from "./api.js";
import { front } from "./front.js";
import { layout } from "./layout.js";
import { render } from "./markdown.js";
import { PAGES } from "./pages.js";
import { search } from "./search.js";

const ROOT = join(import.meta.dirname, "../..");
const SITE = join(ROOT, "site");

/** The contents of a long page. */
const contents = (headings) =>
  headings.length < 4
    ? ""
    : `<nav class="contents" aria-label="On this page"><ul>${headings.map(({ slug, title }) => `<li><a href="#${slug}">${title}</a></li>`).join("")}</ul></nav>`;

/** A page of pages.js. */
function pageOf(page) {
  const { html, headings } = render(readFileSync(join(ROOT, page.source), "utf8"), page);
  const body = html.replace("</h1>", `</h1>\n${contents(headings)}`);
  return layout(page.path, `${page.title} · kasan`, body, { contents: true, about: page.about });
}

/** Runs a program of this repository's dependencies. */
const run = (program, ...args) =>
  execFileSync(join(ROOT, "node_modules/.bin", program), args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });

const ABOUT = "KASAN, the Linux kernel's address sanitizer, as a command, as npm packages, and in this page.";

/** Writes all of the site but the API docs and the playground into an empty folder, with the search over it. */
export function writePages(folder) {
  const pages = [
    ["index.html", layout("index.html", "kasan: the kernel's address sanitizer, anywhere", front(), { about: ABOUT })],
    ["search.html", layout("search.html", "Search · kasan", search())],
    ...PAGES.map((page) => [page.path, pageOf(page)]),
  ];
  for (const [path, text] of pages) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  cpSync(join(ROOT, "docs/explain.svg"), join(folder, "docs/explain.svg"));
}

/** Makes the search over what is in a folder. */
export const indexPages = (folder) => run("pagefind", "--site", folder);

/** Writes the API docs into a site's folder: those of all packages, or of some. */
export function documentApi(folder, packages = []) {
  const some = packages.flatMap((one) => ["--entryPoints", one]);
  run("typedoc", "--readme", "none", "--name", "API", "--out", join(folder, "api"), "--logLevel", "Warn", ...some);
  frameApi(folder);
}

/** Puts the playground on the site, with a way back to it. */
function copyPlayground(from) {
  const folder = join(SITE, "playground");
  cpSync(from, folder, { recursive: true });
  const index = join(folder, "index.html");
  const page = readFileSync(index, "utf8");
  // On the front page it is in a frame.
  const linked = page.replace("<h1>KASAN", '<h1><a href="../index.html" target="_top">KASAN</a>');
  if (linked === page) throw new Error(`${index} has no heading to make a link of`);
  writeFileSync(index, linked);
}

function buildSite() {
  const playground = join(ROOT, "apps/playground/dist");
  if (!existsSync(join(playground, "index.html"))) throw new Error("the playground is not built: npm run playground");
  rmSync(SITE, { recursive: true, force: true });
  writePages(SITE);
  documentApi(SITE);
  copyPlayground(playground);
  indexPages(SITE);
}

if (import.meta.filename === process.argv[1]) {
  buildSite();
  console.log("site/ has the site");
  if (process.argv.includes("--serve")) {
    const { url } = await serve({ "/": { folder: SITE } }, ISOLATED, 8080);
    console.log(`${url} shows it, until Ctrl-C`);
  }
}
