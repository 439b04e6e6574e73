export { escapeHtml } from "./escape.ts";
export { ICON } from "./icon.ts";
export { key, terms } from "./key.ts";
export { mark, type Tone } from "./mark.ts";
export { PAGE_END, page, pageStart } from "./page.ts";
export { scrollable } from "./scroll.ts";
export { type Section, sections } from "./sections.ts";
export { STYLE } from "./style.ts";
export { type Cell, dataTable, type MarkedCell, textOf } from "./table.ts";
