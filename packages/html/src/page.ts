import { escapeHtml } from "./escape.ts";
import { STYLE } from "./style.ts";

/**
 * A whole page that needs nothing else: no scripts, no other files, light and dark, readable aloud.
 *
 * @param title - is escaped
 * @param body - HTML, its text escaped by the caller
 * @param style - CSS of this page alone
 */
export function page(title: string, body: string, style = ""): string {
  return `${pageStart(title, style)}${body}${PAGE_END}`;
}

/** What stands before the body of a {@link page}. */
export function pageStart(title: string, style = ""): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}${style === "" ? "" : `\n${style}`}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header><h1>${escapeHtml(title)}</h1></header>
<main id="main">
`;
}

/** What stands behind the body of a {@link page}. */
export const PAGE_END = `
</main>
</body>
</html>
`;
