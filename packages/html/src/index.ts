export { escapeHtml } from "./escape.ts";
export { PAGE_END, page, pageStart } from "./page.ts";
export { scrollable } from "./scroll.ts";
