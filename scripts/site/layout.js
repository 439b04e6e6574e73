/** What all pages of the site have in common. */
import { dirname, relative } from "node:path/posix";
import { escapeHtml, ICON, STYLE } from "@kasan/html";
import { DOCS, GUIDES } from "./pages.js";

/** The header of every page. */
export const HEADER_STYLE = `.top{border-bottom:1px solid var(--line);padding:.6rem 1.25rem;display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;align-items:baseline}
.top .name{font-weight:700;font-size:1.1rem;text-decoration:none}.top nav{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem}.top form{margin-left:auto}.top [aria-current]{font-weight:600}
.top input{font:inherit;padding:.25rem .5rem;border:1px solid var(--dim);border-radius:.3rem;background:var(--paper);color:var(--ink);max-width:100%}`;

const SITE_STYLE = `${HEADER_STYLE}body{max-width:none;padding:0}.cols{display:flex;gap:2.5rem;max-width:84rem;margin:0 auto;padding:0 1.25rem 4rem}.cols main{flex:1;min-width:0}
.side{flex:0 0 14rem;font-size:.92rem;padding-top:1.2rem}.side ul{list-style:none;padding:0;margin:.2rem 0 1rem}.side li{margin:.25rem 0}.side a{text-decoration:none}.side a:hover{text-decoration:underline}
.side [aria-current]{font-weight:700}@media (max-width:50rem){.cols{flex-direction:column-reverse;gap:0}.side{flex:none;border-top:1px solid var(--line)}}
.header-anchor{text-decoration:none}.header-anchor:hover{text-decoration:underline}.file{font-family:ui-monospace,monospace;font-size:.86rem;margin:1rem 0 -.9rem;color:var(--dim)}
pre{background:color-mix(in srgb,var(--ink) 4%,var(--paper));border-radius:.4rem;line-height:1.45}.hljs-comment{color:var(--dim)}.hljs-string,.hljs-number,.hljs-literal{color:var(--green)}.hljs-keyword,.hljs-type,.hljs-meta,.hljs-built_in{color:var(--red)}
.hero{padding:2.2rem 0 .5rem}.hero h1{font-size:2.2rem;line-height:1.15;margin:0 0 .6rem;max-width:44rem}.hero p{font-size:1.15rem;max-width:46rem;margin:.4rem 0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:1rem;margin:1.5rem 0;padding:0;list-style:none}.cards li{border:1px solid var(--line);border-radius:.5rem;padding:.9rem 1.1rem}.cards h3{margin:0 0 .3rem}
.live{width:100%;height:44rem;border:1px solid var(--line);border-radius:.5rem;background:var(--paper)}.start{display:inline-block;font-size:1rem;padding:.6rem 1rem}
input[type=search]{font:inherit;padding:.25rem .5rem;border:1px solid var(--dim);border-radius:.3rem;background:var(--paper);color:var(--ink);max-width:100%}@media print{.top,.side,.contents,.live{display:none}}mark{background:var(--amber-tint);color:inherit;font-weight:600}`;

/** The parts of the site, in its head. */
const PARTS = [
  ["Playground", "playground/index.html"],
  ["Guides", GUIDES[0].path],
  ["Docs", DOCS[0].path],
  ["API", "api/index.html"],
];

/** A path as it is written on a page. */
const from = (page, path) => relative(dirname(page), path) || path;

/** The links beside a page. */
function side(page) {
  const list = (title, pages) =>
    `<h2 class="dim" style="font-size:.9rem;margin:0">${title}</h2><ul>${pages
      .map((one) => {
        const here = one.path === page ? ' aria-current="page"' : "";
        return `<li><a href="${from(page, one.path)}"${here}>${escapeHtml(one.title)}</a></li>`;
      })
      .join("")}</ul>`;
  return `<nav class="side" aria-label="Contents">${list("Guides", GUIDES)}${list("Docs", DOCS)}</nav>`;
}

/** The header of the page at a path: the name of the site, its parts, the search. */
export function header(path) {
  const part = path.split("/")[0];
  const links = PARTS.map(([name, target]) => {
    const here = target.startsWith(`${part}/`) ? ' aria-current="true"' : "";
    return `<a href="${from(path, target)}"${here}>${name}</a>`;
  });
  return `<header class="top"><a class="name" href="${from(path, "index.html")}">kasan</a><nav aria-label="Parts of the site">${links.join("")}</nav>
<form role="search" action="${from(path, "search.html")}"><label><span class="hidden">Search the site</span> <input type="search" name="q" placeholder="Search"></label></form></header>`;
}

/**
 * A page of the site.
 *
 * @param path - where it is on the site
 * @param title - is escaped
 * @param body - HTML
 * @param options - `contents`: whether the site's contents stand beside it; `about`: what search engines show
 */
export function layout(path, title, body, { contents = false, about = "" } = {}) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="${escapeHtml(about)}">
<title>${escapeHtml(title)}</title>
${ICON}
<style>${STYLE}
${SITE_STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
${header(path)}
<div class="cols">${contents ? side(path) : ""}<main id="main" data-pagefind-body>
${body}
</main></div>
</body>
</html>
`;
}
