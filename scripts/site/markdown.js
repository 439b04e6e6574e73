/** Markdown of this repository as HTML for the site: headings with anchors, code in colours, links between pages. */
import { dirname, join, relative } from "node:path/posix";
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import json from "highlight.js/lib/languages/json";
import typescript from "highlight.js/lib/languages/typescript";
import markdownIt from "markdown-it";
import anchor from "markdown-it-anchor";
import { PAGES } from "./pages.js";

for (const [name, language] of Object.entries({ bash, c, json, typescript })) hljs.registerLanguage(name, language);
const LANGUAGES = { c: "c", js: "typescript", ts: "typescript", json: "json", sh: "bash" };

/** Where files of the repository are that are no page of the site. */
const REPOSITORY = "https://github.com/kasan-js/kasan/blob/main/";

/** A block of code. Its language may have the name of a file behind it. */
function highlight(code, info) {
  const language = LANGUAGES[info.split(" ")[0]];
  return language ? hljs.highlight(code, { language }).value : "";
}

/** A heading's anchor, as GitHub makes it. */
const slugify = (title) =>
  title
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");

/** Where a link of a Markdown file leads on the site. */
function linkFrom(page, href) {
  if (/^(?:[a-z]+:|#)/i.test(href)) return href;
  const [path, fragment] = href.split("#");
  const file = join(dirname(page.source), path);
  const target = PAGES.find(({ source }) => source === file);
  const hash = fragment === undefined ? "" : `#${fragment}`;
  return target ? `${relative(dirname(page.path), target.path)}${hash}` : `${REPOSITORY}${file}${hash}`;
}

/**
 * A page's Markdown as HTML.
 *
 * @param page - of pages.js: where its links begin
 * @returns the HTML, and the headings of the second level, for its contents
 */
export function render(text, page) {
  const headings = [];
  const renderer = markdownIt({ html: true, highlight }).use(anchor, {
    level: [2, 3],
    slugify,
    permalink: anchor.permalink.headerLink({ safariReaderFix: true }),
    callback: (token, { slug, title }) => token.tag === "h2" && headings.push({ slug, title }),
  });
  const { fence, link_open: link, image } = renderer.renderer.rules;
  renderer.renderer.rules.fence = (tokens, i, options, env, self) => {
    const [, file] = tokens[i].info.split(" ");
    const html = fence(tokens, i, options, env, self).replace("<pre>", '<pre tabindex="0">');
    return file === undefined ? html : `<p class="file">${renderer.utils.escapeHtml(file)}</p>${html}`;
  };
  renderer.renderer.rules.code_block = (tokens, i) =>
    `<pre tabindex="0"><code>${renderer.utils.escapeHtml(tokens[i].content)}</code></pre>\n`;
  const moved = (attribute, rule) => (tokens, i, options, env, self) => {
    tokens[i].attrSet(attribute, linkFrom(page, tokens[i].attrGet(attribute)));
    return rule ? rule(tokens, i, options, env, self) : self.renderToken(tokens, i, options);
  };
  renderer.renderer.rules.link_open = moved("href", link);
  renderer.renderer.rules.image = moved("src", image);
  renderer.renderer.rules.table_open = () => '<div class="scroll" tabindex="0" role="group"><table class="index">\n';
  renderer.renderer.rules.table_close = () => "</table></div>\n";
  return { html: renderer.render(text), headings };
}
