import { CUT_HERE, END_TRACE, modulesLine, panicEnd, panicStart } from "./crash-lines.ts";
import { formatFrame } from "./frame.ts";
import { LEVEL, lines, type ReportLine } from "./line.ts";
import type { CrashSite, Oops, Panic, Warning } from "./oops.ts";
import { renderCallTrace } from "./sections/call-trace.ts";
import { renderMachine } from "./sections/machine.ts";
import { crashWords, DEFAULT_STYLE, type ReportStyle } from "./style.ts";

/**
 * An oops as the kernel of a style logs it.
 *
 * @throws {@link ReportError} `STYLE` if the style words no crashes.
 */
export function renderOops(oops: Oops, style: ReportStyle): ReportLine[] {
  return crashWords(style).oops(oops, style);
}

/**
 * A warning as Linux 6.12 logs it.
 *
 * @throws {@link ReportError} `STYLE` if the style words no crashes.
 */
export function renderWarning(warning: Warning, style: ReportStyle): ReportLine[] {
  const { machine, task, file, line, registers, message } = warning;
  const at = `WARNING: CPU: ${machine.cpu} PID: ${task.pid} at ${file}:${line} ${formatFrame(registers.ip)}`;
  return [
    ...lines(LEVEL.WARNING, CUT_HERE),
    ...(message === undefined ? [] : lines(LEVEL.WARNING, ...message.replace(/\n$/, "").split("\n"))),
    ...lines(LEVEL.WARNING, at),
    ...modulesLine(warning),
    ...renderSite(warning, style),
    ...END_TRACE,
  ];
}

/** A panic as Linux 6.12 logs it (`panic` in `kernel/panic.c`). */
export function renderPanic({ message, machine, task, callTrace }: Panic, style = DEFAULT_STYLE): ReportLine[] {
  return [panicStart(message), ...renderDumpStack({ machine, task, callTrace }, style), panicEnd(message)];
}

/** The output of `dump_stack()` (`lib/dump_stack.c`): where it was called, and the call trace. */
export function renderDumpStack(
  { machine, task, callTrace }: Pick<CrashSite, "machine" | "task" | "callTrace">,
  style: ReportStyle = DEFAULT_STYLE,
): ReportLine[] {
  return [
    ...renderMachine(machine, task, LEVEL.DEFAULT, style.version),
    ...renderCallTrace(callTrace, style, LEVEL.DEFAULT),
  ];
}

/**
 * The watchdog's log of a CPU that makes no progress (`watchdog_timer_fn` in `kernel/watchdog.c`).
 *
 * @throws {@link ReportError} `STYLE` if the style words no crashes.
 */
export function renderSoftLockup(site: CrashSite, seconds: number, style: ReportStyle): ReportLine[] {
  const { machine, task } = site;
  const stuck = `CPU#${machine.cpu} stuck for ${seconds}s! [${task.comm}:${task.pid}]`;
  return [
    ...lines(LEVEL.EMERG, `watchdog: BUG: soft lockup - ${stuck}`),
    ...modulesLine(site),
    ...renderSite(site, style),
  ];
}

/**
 * Prints where a crash happened: CPU and task, registers, call trace.
 *
 * @throws `ReportError` `STYLE` if the style words no crashes.
 */
export function renderSite({ machine, task, registers, callTrace }: CrashSite, style: ReportStyle): ReportLine[] {
  const { registers: render, traceTitle = true } = crashWords(style);
  return [
    ...renderMachine(machine, task, LEVEL.DEFAULT, style.version),
    ...render(registers),
    ...renderCallTrace(callTrace, style, LEVEL.DEFAULT).slice(traceTitle ? 0 : 1),
  ];
}
