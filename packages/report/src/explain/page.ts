/** Text as HTML that shows it. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")
    .replace(/[\u0000-\u0008\u000b-\u001f\ud800-\udfff]/gu, "\ufffd");
}

const STYLE = `:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--dim:#59636e;--line:#d1d9e0;--red:#b3261e;--green:#1a7f37;
--object:#4c9f70;--slack:#b7c9bd;--redzone:#d9822b;--freed:#8e6bbf;--gap:#9aa4af;--bad:#ffd9d4}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0f1318;--dim:#9198a1;--line:#3d444d;--red:#ff8a80;--green:#56d364;
--object:#3f8f62;--slack:#4c5f54;--redzone:#c9762a;--freed:#8b6cc0;--gap:#57606a;--bad:#5c1f1a}}
*{box-sizing:border-box}body{margin:0 auto;max-width:62rem;padding:1rem 1.25rem 4rem;font:1rem/1.55 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.5rem}h2{font-size:1.3rem;color:var(--red);margin-top:2.5rem;overflow-wrap:anywhere}h3{font-size:1.05rem;margin:1.5rem 0 .3rem}
a{color:inherit}code,pre{font-family:ui-monospace,monospace;font-size:.86rem}pre{overflow:auto;border:1px solid var(--line);padding:.75rem}
.dim{color:var(--dim)}.summary{font-size:1.1rem}.badge{font-size:.8rem;border:1px solid;border-radius:.4rem;padding:.1rem .4rem;vertical-align:middle}
.skip{position:absolute;left:-99rem}.skip:focus{position:static}
:focus-visible{outline:3px solid #2f81f7;outline-offset:2px}
figure{margin:1rem 0}.bars{display:flex;height:2rem;border:1px solid var(--line)}.bar{display:block;height:100%;background:var(--gap)}
.bar.object,.bar.accessible,.bar.partial,.bar.tagged{background:var(--object)}.bar.slack{background:var(--slack)}
.bar.redzone{background:repeating-linear-gradient(45deg,var(--redzone) 0 4px,transparent 4px 8px)}
.bar.freed,.bar.out-of-scope{background:repeating-linear-gradient(-45deg,var(--freed) 0 4px,transparent 4px 8px)}
.access{height:.6rem}.access span,.bar.accessed{display:block;height:100%;background:var(--red)}
.key{display:inline-flex;gap:.35rem;align-items:center;margin-right:1rem}.key .bar{width:1rem;height:1rem;border:1px solid var(--line)}
.scroll{overflow:auto}table{border-collapse:collapse}caption{text-align:left;color:var(--dim)}td,th{padding:.1rem .4rem;text-align:left;font-weight:400}
.shadow td{font-family:ui-monospace,monospace;font-size:.86rem}.bad{background:var(--bad);outline:1px solid var(--red)}
.legend{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .8rem}.legend dd{margin:0}
summary{cursor:pointer;font-weight:600;margin-top:1rem}.stack{margin:.4rem 0;overflow-wrap:anywhere}
.checks{list-style:none;padding:0}.checks span{display:inline-block;min-width:4.5rem;font-weight:600}.ok span{color:var(--green)}.problem span{color:var(--red)}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.index{width:100%}.index td,.index th{border-bottom:1px solid var(--line);vertical-align:top;padding:.35rem .5rem}.index th{font-weight:600}
@media (forced-colors:active){.bar,.access span{forced-color-adjust:none}}
@media print{details{break-inside:avoid}}`;

/** A whole page around `body`. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header><h1>${escapeHtml(title)}</h1></header>
<main id="main">
${body}
</main>
</body>
</html>
`;
}
