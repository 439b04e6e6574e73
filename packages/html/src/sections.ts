import { escapeHtml } from "./escape.ts";

/** A part of a page, below a heading that can be linked to. */
export interface Section {
  /** The heading; escaped. */
  readonly title: string;
  /** HTML. */
  readonly body: string;
  /** Names it in links from elsewhere on the page. Letters, digits and hyphens. */
  readonly id?: string;
}

/** So few parts need no list of contents. */
const WITHOUT_CONTENTS = 2;
/** The contents of more are folded, so that they do not push the page down. */
const FOLDED_CONTENTS = 16;

/** The parts of a page; above them a list of contents, if there are several, unless the page has its own. */
export function sections(parts: readonly Section[], options: { readonly contents?: boolean } = {}): string {
  const named = parts.map((part, i) => ({ id: `part-${i + 1}`, ...part }));
  const items = named.map(({ title, id }) => `<li><a href="#${id}">${escapeHtml(title)}</a></li>`);
  const bodies = named.map(
    ({ title, id, body }) => `<section><h2 id="${id}">${escapeHtml(title)}</h2>\n${body}</section>`,
  );
  return [...(options.contents !== false && parts.length > WITHOUT_CONTENTS ? [contents(items)] : []), ...bodies].join(
    "\n",
  );
}

function contents(items: readonly string[]): string {
  const list = `<ul>${items.join("")}</ul>`;
  const folded = `<details><summary>Contents: ${items.length} parts</summary>${list}</details>`;
  return `<nav class="contents" aria-label="Contents">${items.length > FOLDED_CONTENTS ? folded : list}</nav>`;
}
