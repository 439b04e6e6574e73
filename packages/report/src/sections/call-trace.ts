import { atLeast, formatAddress } from "@kasan/shadow";
import { type FreeReport, isBadFree } from "../facts/frees.ts";
import { accessPath } from "../facts/stacks.ts";
import { formatFrame, type StackFrame } from "../frame.ts";
import { type FrameJson, frameJson } from "../json-parts.ts";
import { STACK } from "../json-schema.ts";
import { LEVEL, lines, type ReportLine } from "../line.ts";
import { isArmFrame } from "../parse/frame.ts";
import type { ReportStyle } from "../style.ts";
import { functionName } from "../words.ts";
import { kernelOf } from "./machine.ts";
import type { LineRole, Section } from "./section.ts";

/** The call trace of the access. */
export interface CallTraceFields {
  /** The call trace, innermost frame first. */
  readonly callTrace: readonly StackFrame[];
}

/** The call trace of the access, in JSON. */
export interface CallTraceJson {
  /** The call trace, innermost frame first. */
  callTrace: FrameJson[];
}

/** The call trace. */
export const callTrace: Section<CallTraceFields & FreeReport> = {
  name: "call trace",
  part: "run",

  read({ draft, frames }) {
    const trace: StackFrame[] = [];
    draft.callTrace = trace;
    let traced = false;
    function start(): LineRole {
      // A second trace, of the panic that followed or of another CPU, is not this report's.
      frames.into(traced ? [] : trace, !traced);
      traced = true;
      return "trace-title";
    }
    /** 32-bit arm prints frames without a title in some versions. */
    function readBare(text: string): LineRole | undefined {
      if (traced || !isArmFrame(text)) return undefined;
      start();
      return frames.read(text);
    }
    return {
      lines: {
        "[": readBare,
        C: (text) => (/^Call [Tt]race/.test(text) ? start() : undefined),
        B: (text) => (text.startsWith("Backtrace:") ? start() : undefined),
      },
    };
  },

  print(report, style) {
    return renderCallTrace(report.callTrace, style, LEVEL.ERR);
  },

  json(report): CallTraceJson {
    return { callTrace: report.callTrace.map(frameJson) };
  },

  schema: () => ({ callTrace: STACK }),

  story(report) {
    const path = accessPath(report).slice(0, 4).map(functionName).join(", called by ");
    if (path === "") return [];
    const where = report.machine ? ` on CPU ${report.machine.cpu}${kernelOf(report.machine)}` : "";
    const what = report.form === "oops" ? "The fault" : isBadFree(report) ? "The bad free" : "The bad access";
    return [{ stage: "reported", text: `${what}${where}: ${path}.` }];
  },

  unknown(report) {
    if (report.callTrace.every(({ reliable }) => reliable)) return [];
    return [
      "Whether the frames that the kernel does not vouch for belong to the trace: they are addresses found on the stack, and may be stale.",
    ];
  },

  stacks(report) {
    const title = report.form === "oops" ? "The fault" : isBadFree(report) ? "The bad free" : "The access";
    return [{ of: "access", title, frames: report.callTrace }];
  },

  mapFrames(report, map) {
    return { callTrace: report.callTrace.map((frame) => map(frame, true)) };
  },
};

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
