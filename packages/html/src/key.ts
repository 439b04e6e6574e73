import { escapeHtml } from "./escape.ts";

/** What the fillings of a picture mean. `fill`: the classes of a filling, which the page's own style defines. `text` is escaped. */
export function key(entries: readonly { readonly fill: string; readonly text: string }[]): string {
  const items = entries.map(({ fill, text }) => `<li><span class="swatch ${fill}"></span> ${escapeHtml(text)}</li>`);
  return `<ul class="key">${items.join("")}</ul>`;
}

/** Words, marks or bytes, and what they mean. `term` and `meaning` are HTML. */
export function terms(entries: readonly { readonly term: string; readonly meaning: string }[]): string {
  const items = entries.map(({ term, meaning }) => `<dt>${term}</dt><dd>${meaning}</dd>`);
  return `<dl class="terms">${items.join("")}</dl>`;
}
