/**
 * The parts of which an architecture makes the log of a crash: `CrashWords` of `@kasan/report`.
 *
 * @packageDocumentation
 */

export { bugLines, END_TRACE, modulesLine, panicEnd, panicLines, panicStart, shadowFaultLine } from "./crash-lines.ts";
export { formatFrame } from "./frame.ts";
export { LEVEL, lines, type ReportLine } from "./line.ts";
export { renderSite } from "./render-oops.ts";
export { renderCallTrace } from "./sections/call-trace.ts";
export { renderMachine } from "./sections/machine.ts";
