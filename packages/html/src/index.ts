export { escapeHtml } from "./escape.ts";
export { page } from "./page.ts";
