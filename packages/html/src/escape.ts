/**
 * Text as HTML that shows it, in an element or in a quoted attribute. Control characters, which HTML forbids, and lone surrogates
 * become U+FFFD.
 */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")
    .replace(/[\u0000-\u0008\u000b-\u001f\ud800-\udfff]/gu, "\ufffd");
}
