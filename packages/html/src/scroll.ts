import { escapeHtml } from "./escape.ts";

/**
 * What may be wider than a narrow page, in a frame that scrolls by itself: with a pointer, and with keys.
 *
 * @param label - what it is, for those who hear the page; escaped here
 * @param html - a table or a picture
 */
export function scrollable(label: string, html: string): string {
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(label)}">${html}</div>`;
}
