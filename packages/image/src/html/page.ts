/** Text as HTML that shows it. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (character) => entities[character]!);
}

const STYLE = `:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--dim:#59636e;--line:#d1d9e0}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0f1318;--dim:#9198a1;--line:#3d444d}}
*{box-sizing:border-box}body{margin:0 auto;max-width:76rem;padding:1rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin:1.4rem 0 .3rem}code,pre,td{font-family:ui-monospace,monospace;font-size:.84rem}
.dim{color:var(--dim)}.map{display:flex;height:1.8rem;border:1px solid var(--line)}.map span{min-width:1px}
.unmapped{background:transparent}.r{background:#8fa8c8}.rw{background:#4c9f70}.rx{background:#d9822b}.rwx{background:#b3261e}
.alias{background:repeating-linear-gradient(45deg,#8e6bbf 0 4px,transparent 4px 8px)}.odd{background:#b3261e}
.key span{display:inline-block;width:1rem;height:.8rem;margin:0 .3rem 0 1rem;border:1px solid var(--line)}
table{border-collapse:collapse}td,th{padding:.1rem .5rem;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
.own{outline:2px solid #b3261e}pre{overflow:auto}summary{cursor:pointer}`;

/** A whole page that needs nothing else. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>
${body}
</main></body>
</html>
`;
}
