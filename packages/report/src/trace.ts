import { atLeast, DEFAULT_VERSION, formatAddress, type KernelVersion } from "@kasan/shadow";
import { formatFrame, type StackFrame } from "./frame.ts";
import { lines, type ReportLine } from "./line.ts";
import type { Machine, TaskRef } from "./model.ts";
import type { ReportStyle } from "./style.ts";
import { formatTaint, formatTaintNames } from "./taint.ts";

/** Where and in which kernel it happened (`dump_stack_print_info` in `lib/dump_stack.c`): one to three lines. */
export function renderMachine(
  machine: Machine,
  task: TaskRef,
  level: number,
  version: KernelVersion = DEFAULT_VERSION,
): ReportLine[] {
  const { cpu, uid = 0, taint, release, build, packageId = "", hardware } = machine;
  const names = atLeast(version, 6, 11);
  return lines(
    level,
    // 6.12 puts a space before the package's name even if there is none.
    `CPU: ${cpu} ${names ? `UID: ${uid} ` : ""}PID: ${task.pid} Comm: ${task.comm.slice(0, 20)} ${formatTaint(taint)} ` +
      `${release} ${build} ${packageId}`,
    ...(taint.length === 0 || !names ? [] : [formatTaintNames(taint)]),
    ...(hardware === undefined ? [] : [`Hardware name: ${hardware}`]),
  );
}

/** A call trace (`__show_trace_log_lvl` in `arch/x86/kernel/dumpstack.c`). x86 names each stack that it passes. */
export function renderCallTrace(trace: readonly StackFrame[], style: ReportStyle, level: number): ReportLine[] {
  const texts = [style.callTrace];
  let open: string | undefined;
  // The task's own stack has a name since 5.16.
  const named = atLeast(style.version, 5, 16);
  const change = (stack: string | undefined) => {
    if (!style.stackNames || stack === open) return;
    for (const [name, end] of [
      [open, "/"],
      [stack, ""],
    ] as const) {
      if (name !== undefined && (named || name !== "TASK")) texts.push(` <${end}${name}>`);
    }
    open = stack;
  };

  for (const frame of trace) {
    change(frame.stack ?? "TASK");
    const at = style.traceAddresses ? `[<${formatAddress(frame.address ?? 0n)}>]` : "";
    texts.push(`${at} ${frame.reliable ? "" : "? "}${formatFrame(frame)}`, ...(frame.registers ?? []));
  }
  change(undefined);
  return lines(level, ...texts);
}
