/** The style of maps and inspections of memory. */
export const IMAGE_STYLE = `h2{font-size:1.1rem;margin:1.4rem 0 .3rem}td{font-family:ui-monospace,monospace;font-size:.84rem}
.map{display:flex;height:1.8rem;border:1px solid var(--line)}.map span{min-width:1px}
.unmapped{background:transparent}.r{background:#8fa8c8}.rw{background:#4c9f70}.rx{background:#d9822b}.rwx{background:#b3261e}
.alias{background:repeating-linear-gradient(45deg,#8e6bbf 0 4px,transparent 4px 8px)}.odd{background:#b3261e}
.key span{display:inline-block;width:1rem;height:.8rem;margin:0 .3rem 0 1rem;border:1px solid var(--line)}
td,th{padding:.1rem .5rem;border-bottom:1px solid var(--line);vertical-align:top}.own{outline:2px solid #b3261e}`;
