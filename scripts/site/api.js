/** Gives the pages that typedoc made the site's header and look, and the search what they say. */
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ICON } from "@kasan/html";
import { HEADER_STYLE, header } from "./layout.js";

/** The colours and type of the other pages, as typedoc names them; for the header, typedoc's as the other pages name them: it has a switch for them. */
const STYLE = `
:root {
  --light-color-background: #fff;
  --light-color-background-secondary: #f6f8fa;
  --light-color-text: #1b1f24;
  --light-color-accent: #d1d9e0;
  --dark-color-background: #0f1318;
  --dark-color-background-secondary: #171c22;
  --dark-color-text: #e6edf3;
  --dark-color-accent: #3d444d;
}
body {
  font-family: system-ui, sans-serif;
}
.top {
  --line: var(--color-accent);
  --dim: var(--color-text-aside);
  --paper: var(--color-background);
  --ink: var(--color-text);
  line-height: 1.5;
}
.top a {
  color: inherit;
  text-decoration: underline;
}
.hidden {
  position: absolute;
  clip-path: inset(50%);
  width: 1px;
  height: 1px;
  overflow: hidden;
}
`;

/** What the search finds. The documents it does not: the site has them as pages of its own. */
const FOUND = 'data-pagefind-body data-pagefind-weight="0.1"';

/** What is changed in a page, once: the site's header comes before typedoc's, which is part of the contents. */
const changes = (path) => [
  [/<\/head>/, () => `${ICON}</head>`],
  [
    /<header (class="tsd-page-toolbar")>(.*?)<\/header>/s,
    (_, name, tools) => `${header(path)}<nav ${name} aria-label="API">${tools}</nav>`,
  ],
  [
    /<div class="col-content">/,
    () => `<div class="col-content" role="main" ${path.startsWith("api/documents/") ? "" : FOUND}>`,
  ],
];

/**
 * A page of the API docs as a page of the site.
 *
 * @param path - where it is on the site
 * @throws Error if it is none that typedoc makes
 */
function framed(html, path) {
  const whole = changes(path).reduce((text, [from, to]) => {
    if (!from.test(text)) throw new Error(`${path}: typedoc's pages no longer have ${from}`);
    return text.replace(from, to);
  }, html);
  // In the search's answers, a heading and what is said of it were one word.
  return whole.replaceAll('<code class="tsd-tag">', ' <code class="tsd-tag">');
}

/** Changes the API docs in a site's folder. */
export function frameApi(site) {
  for (const name of readdirSync(join(site, "api"), { recursive: true })) {
    if (!name.endsWith(".html")) continue;
    const path = join("api", name);
    writeFileSync(join(site, path), framed(readFileSync(join(site, path), "utf8"), path));
  }
  appendFileSync(join(site, "api/assets/style.css"), STYLE + HEADER_STYLE);
}
