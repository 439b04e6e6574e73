import type { CrashWords, Oops, OopsCause, Registers, ReportStyle } from "@kasan/report";
import {
  bugLines,
  END_TRACE,
  formatFrame,
  LEVEL,
  lines,
  modulesLine,
  panicLines,
  type ReportLine,
  renderSite,
  shadowFaultLine,
} from "@kasan/report/words";
import { atLeast, formatAddress, type KernelVersion } from "@kasan/shadow";

/** Selectors of the kernel's code and stack segments (`arch/x86/include/asm/segment.h`). */
const KERNEL_CS = "0010";
const KERNEL_DS = "0018";

/** The general registers in the order, and by the names, in which a log shows them (`__show_regs`). */
const GENERAL = "RAX RBX RCX RDX RSI RDI RBP R08 R09 R10 R11 R12 R13 R14 R15".split(" ");

/**
 * How Linux 6.12 logs crashes on x86-64: the cause, `Oops: …`, CPU, registers, call trace and modules; after the end marker the
 * registers again; and the panic, if one followed.
 */
export const X86_CRASHES: CrashWords = {
  oops(oops: Oops, style: ReportStyle): ReportLine[] {
    const { cause, registers } = oops;
    return [
      ...causeLines(cause),
      ...lines(LEVEL.DEFAULT, oopsLine(oops, style.version)),
      ...("shadowFault" in cause && cause.shadowFault ? lines(LEVEL.ALERT, shadowFaultLine(cause.shadowFault)) : []),
      ...renderSite(oops, style),
      ...modulesLine(oops),
      // So that the address is still in sight when the rest has scrolled away.
      ...(cause.kind === "page-fault" ? lines(LEVEL.DEFAULT, `CR2: ${formatAddress(cause.address)}`) : []),
      ...END_TRACE,
      ...registerLines(registers),
      ...panicLines(oops),
    ];
  },
  registers: registerLines,
};

/** The lines before the `Oops:` line. */
function causeLines(cause: OopsCause): ReportLine[] {
  switch (cause.kind) {
    case "page-fault":
    case "general-protection":
      return [...cause.lines];
    case "stack-guard": {
      const [address, begin, end] = [cause.address, cause.begin, cause.end].map((at) => formatAddress(at));
      const hit = `BUG: ${cause.stack ?? "TASK"} stack guard page was hit at ${address} (stack is ${begin}..${end})`;
      return lines(LEVEL.EMERG, hit);
    }
    case "bug":
      return bugLines(cause);
    case "exception":
      return [];
  }
}

/** The line that every oops has: `__die_header` in `arch/x86/kernel/dumpstack.c`. */
function oopsLine({ cause, count = 1, config = ["PREEMPT", "SMP", "KASAN"] }: Oops, version: KernelVersion): string {
  // Before 6.10, only page faults' had the word.
  const start = atLeast(version, 6, 10) ? oopsStart(cause) : oopsStart(cause).replace(/^Oops: /, "");
  return `${start} [#${count}]${config.map((word) => ` ${word}`).join("")}`;
}

function oopsStart(cause: OopsCause): string {
  switch (cause.kind) {
    case "page-fault":
    case "general-protection":
      return cause.oops;
    case "stack-guard":
      return "Oops: stack guard page: 0000";
    case "bug":
      return "Oops: invalid opcode: 0000";
    case "exception":
      return `Oops: ${cause.name}: 0000`;
  }
}

function registerLines({ ip, sp, others = {} }: Registers): ReportLine[] {
  const texts = [`RIP: ${KERNEL_CS}:${formatFrame(ip)}`];
  if (sp !== undefined) {
    const flags = others["EFLAGS"];
    const eflags = flags === undefined ? "" : ` EFLAGS: ${flags.toString(16).padStart(8, "0")}`;
    texts.push(`RSP: ${KERNEL_DS}:${formatAddress(sp)}${eflags}`);
  }
  const shown = (name: string) => (others[name] === undefined ? [] : [`${name}: ${formatAddress(others[name])}`]);
  for (let i = 0; i < GENERAL.length; i += 3) {
    const known = GENERAL.slice(i, i + 3).flatMap(shown);
    if (known.length > 0) texts.push(known.join(" "));
  }
  texts.push(...shown("CR2"));
  return lines(LEVEL.DEFAULT, ...texts);
}
