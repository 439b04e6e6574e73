/** The style of maps and inspections of memory. */
export const IMAGE_STYLE = `.shadow td{font-family:ui-monospace,monospace;font-size:.84rem}.own{outline:2px solid;font-weight:700}.verdict{font-size:1.1rem}
.map{display:flex;height:1.8rem;border:1px solid var(--line);overflow:hidden}.map span{flex-basis:0}
.unmapped{background:transparent}.r{background:#8fa8c8}.rw{background:#4c9f70}
.rx{background:repeating-linear-gradient(0deg,#d9822b 0 4px,#f0c08a 4px 6px)}.rwx{background:repeating-linear-gradient(90deg,#b3261e 0 4px,#f5b3ae 4px 6px)}
.alias{background:repeating-linear-gradient(45deg,#8e6bbf 0 4px,transparent 4px 8px)}
.odd{background:repeating-linear-gradient(-45deg,var(--ink) 0 3px,var(--paper) 3px 6px)}
@media (forced-colors:active){.map span{forced-color-adjust:none}}`;
