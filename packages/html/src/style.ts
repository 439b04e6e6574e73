/** Colours for light and for dark. A tint is the ground of a mark in its colour. */
const LIGHT =
  "--ink:#1b1f24;--paper:#fff;--dim:#59636e;--line:#d1d9e0;--red:#b3261e;--red-tint:#fdeae8;--amber:#8a4b00;--amber-tint:#fff1dc;--green:#1a7f37";
const DARK =
  "--ink:#e6edf3;--paper:#0f1318;--dim:#9198a1;--line:#3d444d;--red:#ff8a80;--red-tint:#3f1816;--amber:#ffb74d;--amber-tint:#3a2808;--green:#56d364";

/** Verdicts: what a mark looks like, by its tone. Shapes that every font has. */
const MARKS = `.mark{white-space:nowrap;border-radius:.3rem}p .mark{white-space:normal}.mark::before{margin-right:.35em;content:"\\2713"/""}
.mark.good{color:var(--green)}.mark:is(.partial,.quiet){color:var(--dim)}.mark.partial::before{content:"\\25CB"/""}.mark.quiet::before{content:"\\2013"/""}
.mark:is(.bad,.alarm){font-weight:600;padding:.1rem .4rem}.mark.bad{color:var(--red);background:var(--red-tint)}.mark.bad::before{content:"\\2715"/""}
.mark.alarm{color:var(--amber);background:var(--amber-tint)}.mark.alarm::before{content:"\\25B2"/""}a:has(>.mark){color:var(--red)}`;

/** The style that all pages share: colours for light and dark, headings, code, tables, marks, legends. */
export const STYLE = `:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}body{margin:0 auto;max-width:84rem;padding:1rem 1.25rem 4rem;font:1rem/1.55 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1,h2,h3,p,li,dd,summary,figcaption{overflow-wrap:anywhere}p,li,dd{max-width:70rem}h1{font-size:1.5rem}h2{font-size:1.3rem;margin-top:2.5rem}h3{font-size:1.05rem;margin:1.5rem 0 .3rem}
a{color:inherit}code,pre{font-family:ui-monospace,monospace;font-size:.86rem}pre{overflow:auto;border:1px solid var(--line);padding:.75rem}
.dim{color:var(--dim)}.skip{position:absolute;left:-99rem}.skip:focus{position:static}:focus-visible{outline:3px solid #2f81f7;outline-offset:2px}
figure{margin:1rem 0}.scroll{overflow:auto;max-width:100%;position:relative}summary{cursor:pointer;font-weight:600;margin-top:1rem}
table{border-collapse:collapse}caption{text-align:left;color:var(--dim)}td,th{padding:.1rem .4rem;text-align:left;font-weight:400}
.index{width:100%}.index td,.index th{border-bottom:1px solid var(--line);vertical-align:top;padding:.35rem .5rem}.index th{font-weight:600}.index th .dim{font-weight:400}
.index .number,.index .hex{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}.index thead .number{white-space:normal}
td.hex,tbody th.hex{font-family:ui-monospace,monospace;font-size:.86rem;font-weight:400}
th button{all:unset;cursor:pointer;font-weight:600}th[aria-sort] button::after{content:" \\2193"}th[aria-sort=descending] button::after{content:" \\2191"}th button:focus-visible{outline:3px solid #2f81f7}
.index thead td,.index thead th{vertical-align:bottom}
@media (max-width:40rem){.index tbody th:first-child{position:sticky;left:0;min-width:7.5rem;max-width:9rem;overflow-wrap:anywhere;background:var(--paper)}}
.contents :is(ul,ol){columns:22rem;padding-left:1.2rem;margin:.5rem 0}
.key{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1rem;padding:0;margin:.5rem 0}.swatch{display:inline-block;width:1rem;height:1rem;border:1px solid var(--line);vertical-align:-.15rem}
.terms{display:grid;grid-template-columns:fit-content(40%) 1fr;gap:.1rem .8rem}.terms dd{margin:0}
.amounts{display:flex;width:10rem;height:.9rem;margin-top:.3rem}.amounts span{flex:none}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
${MARKS}
@media (forced-colors:active){.mark,.swatch,.amounts span{forced-color-adjust:none}}
@media print{details{break-inside:avoid}}`;
