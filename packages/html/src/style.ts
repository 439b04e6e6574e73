/** The style that all pages share: colours for light and dark, headings, code, tables. */
export const STYLE = `:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--dim:#59636e;--line:#d1d9e0;--red:#b3261e}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0f1318;--dim:#9198a1;--line:#3d444d;--red:#ff8a80}}
*{box-sizing:border-box}body{margin:0 auto;max-width:76rem;padding:1rem 1.25rem 4rem;font:1rem/1.55 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.5rem}h2{font-size:1.3rem;margin-top:2.5rem;overflow-wrap:anywhere}h3{font-size:1.05rem;margin:1.5rem 0 .3rem}
a{color:inherit}code,pre{font-family:ui-monospace,monospace;font-size:.86rem}pre{overflow:auto;border:1px solid var(--line);padding:.75rem}
.dim{color:var(--dim)}.skip{position:absolute;left:-99rem}.skip:focus{position:static}:focus-visible{outline:3px solid #2f81f7;outline-offset:2px}
figure{margin:1rem 0}.scroll{overflow:auto;max-width:100%;position:relative}summary{cursor:pointer;font-weight:600;margin-top:1rem}
table{border-collapse:collapse}caption{text-align:left;color:var(--dim)}td,th{padding:.1rem .4rem;text-align:left;font-weight:400}
.index{width:100%}.index td,.index th{border-bottom:1px solid var(--line);vertical-align:top;padding:.35rem .5rem}.index th{font-weight:600}.index th .dim{font-weight:400}
th button{all:unset;cursor:pointer;font-weight:600}th[aria-sort] button::after{content:" \\2193"}th[aria-sort=descending] button::after{content:" \\2191"}th button:focus-visible{outline:3px solid #2f81f7}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media print{details{break-inside:avoid}}`;
