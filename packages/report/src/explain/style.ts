/** The style of explained reports. */
export const REPORT_STYLE = `:root{--green:#1a7f37;--object:#4c9f70;--slack:#b7c9bd;--redzone:#d9822b;--freed:#8e6bbf;--gap:#9aa4af;--bad:#ffd9d4}
@media (prefers-color-scheme:dark){:root{--green:#56d364;--object:#3f8f62;--slack:#4c5f54;--redzone:#c9762a;--freed:#8b6cc0;--gap:#57606a;--bad:#5c1f1a}}
body{max-width:62rem}.crash{color:var(--red)}.part{font-size:1.05rem;margin:1.5rem 0 .3rem}
.summary{font-size:1.1rem}.badge{font-size:.8rem;border:1px solid;border-radius:.4rem;padding:.1rem .4rem;vertical-align:middle}
.bars{display:flex;height:2rem;border:1px solid var(--line)}.bar{display:block;height:100%;background:var(--gap)}
.bar.object,.bar.variable,.bar.accessible,.bar.partial,.bar.tagged{background:var(--object)}.bar.slack{background:var(--slack)}
.bar.redzone{background:repeating-linear-gradient(45deg,var(--redzone) 0 4px,transparent 4px 8px)}
.bar.freed,.bar.out-of-scope{background:repeating-linear-gradient(-45deg,var(--freed) 0 4px,transparent 4px 8px)}
.access{height:.6rem}.access span,.bar.accessed{display:block;height:100%;background:var(--red)}
.key{display:inline-flex;gap:.35rem;align-items:center;margin-right:1rem}.key .bar{width:1rem;height:1rem;border:1px solid var(--line)}
.shadow td{font-family:ui-monospace,monospace;font-size:.86rem}.bad{background:var(--bad);outline:1px solid var(--red)}
.legend{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .8rem}.legend dd{margin:0}
.stack{margin:.4rem 0;overflow-wrap:anywhere}
.checks{list-style:none;padding:0}.checks span{display:inline-block;min-width:4.5rem;font-weight:600}.ok span{color:var(--green)}.problem span{color:var(--red)}
@media (forced-colors:active){.bar,.access span{forced-color-adjust:none}}`;
