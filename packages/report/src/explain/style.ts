/** The style of explained reports. Patterns tell kinds of memory, and several of a kind, without colours. */
export const REPORT_STYLE = `:root{--object:#4c9f70;--slack:#b7c9bd;--open:#8fa8c8;--redzone:#d9822b;--freed:#8e6bbf;--gap:#9aa4af}
@media (prefers-color-scheme:dark){:root{--object:#3f8f62;--slack:#4c5f54;--open:#5f7a9c;--redzone:#c9762a;--freed:#8b6cc0;--gap:#57606a}}
body{max-width:62rem}.crash{color:var(--red)}.part{font-size:1.05rem;margin:1.5rem 0 .3rem}
.summary{font-size:1.1rem}.badge{font-size:.8rem;border:1px solid;border-radius:.4rem;padding:.1rem .4rem;vertical-align:middle}
.bars{display:flex;height:2rem;border:1px solid var(--line)}.bars .bar{height:100%}.bar{--fill:var(--gap);--between:var(--paper);background:var(--fill)}
.pattern-1{--angle:45deg}.pattern-2{--angle:-45deg}.pattern-3{--angle:0deg}.pattern-4{--angle:90deg}
.object,.variable,.tagged{--fill:var(--object)}.accessible,.partial{--fill:var(--open)}.slack{--fill:var(--slack)}.redzone{--fill:var(--redzone)}.freed,.out-of-scope{--fill:var(--freed)}
.bar.redzone{background:repeating-linear-gradient(var(--angle),var(--fill) 0 4px,var(--between) 4px 8px)}
.bar.freed,.bar.out-of-scope{background:repeating-linear-gradient(calc(var(--angle) * -1),var(--fill) 0 9px,var(--between) 9px 12px)}
.bar.partial,.bar:is(.pattern-2,.pattern-3,.pattern-4):not(.redzone,.freed,.out-of-scope){background:repeating-linear-gradient(var(--angle),var(--fill) 0 5px,var(--between) 5px 6px)}
.access{height:.6rem}.access span{display:block;height:100%;background:var(--red)}.bar.accessed{background:var(--red)}
.shadow td{font-family:ui-monospace,monospace;font-size:.86rem}.bad{background:var(--red-tint);outline:1px solid var(--red)}
.stack{margin:.4rem 0;overflow-wrap:anywhere}.machinery{margin-left:1.2rem}.machinery summary{margin:0;font-weight:400;color:var(--dim)}
.checks{list-style:none;padding:0}.checks .mark{display:inline-block;min-width:6.5rem}
@media (forced-colors:active){.bar,.access span{forced-color-adjust:none}}`;
