/** The style of maps and inspections of memory. */
export const IMAGE_STYLE = `.shadow td{font-family:ui-monospace,monospace;font-size:.84rem}.index .mark{white-space:normal}.own{outline:2px solid;font-weight:700}.verdict{font-size:1.1rem}
.map{display:flex;height:1.8rem;border:1px solid var(--line);overflow:hidden}.map span{flex-basis:0}
.unmapped{background:transparent}.r{background:#8fa8c8}.rw{background:#4c9f70}
.rx{background:repeating-linear-gradient(0deg,#d9822b 0 4px,#f0c08a 4px 6px)}.rwx{background:repeating-linear-gradient(90deg,#b3261e 0 4px,#f5b3ae 4px 6px)}
.alias{background:repeating-linear-gradient(45deg,#8e6bbf 0 4px,transparent 4px 8px)}
.amount{background:#8fa8c8}.state{--fill:transparent}.in-use{--fill:#4c9f70}.in-quarantine{--fill:#8e6bbf}.is-free{--fill:#8fa8c8}.not-known{--fill:#9aa4af}
.swatch.state,.amounts .state{background:var(--fill)}.unused:is(.swatch,.amounts span){border:1px dashed var(--dim)}
.in-quarantine:is(.swatch,.amounts span){background:repeating-linear-gradient(45deg,var(--fill) 0 5px,var(--paper) 5px 7px)}
.is-free:is(.swatch,.amounts span){background:repeating-linear-gradient(90deg,var(--fill) 0 3px,var(--paper) 3px 5px)}
.slab{display:grid;grid-template-columns:repeat(auto-fill,1.6rem);gap:2px}.slab .state{font:.8rem ui-monospace,monospace;text-align:center;border:1px solid var(--line);border-bottom:.35rem solid var(--fill)}
.tracks{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:0 1.5rem}
.odd{background:repeating-linear-gradient(-45deg,var(--ink) 0 3px,var(--paper) 3px 6px)}
@media (forced-colors:active){.map span,.slab .state{forced-color-adjust:none}}`;
