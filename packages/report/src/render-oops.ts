import { formatAddress, hex, PAGE_SIZE } from "@kasan/shadow";
import { CUT_HERE, END_TRACE, modulesLine, panicEnd, panicStart } from "./crash-lines.ts";
import { formatFrame } from "./frame.ts";
import { LEVEL, lines, type ReportLine } from "./line.ts";
import {
  type CrashSite,
  GENERAL_REGISTERS,
  type Oops,
  type OopsCause,
  type PageFault,
  type Panic,
  type ProtectionFault,
  type Registers,
  type Warning,
} from "./oops.ts";
import { renderArm64Oops, renderArm64Registers } from "./render-oops-arm64.ts";
import { renderCallTrace } from "./sections/call-trace.ts";
import { renderMachine } from "./sections/machine.ts";
import { type ReportStyle, X86_64_STYLE } from "./style.ts";

/**
 * An oops as Linux 6.12 logs it. On x86-64: the cause, `Oops: …`, CPU, registers, call trace and modules; after the end
 * marker the registers again; and the panic, if one followed. On arm64 the modules come first and the registers once.
 */
export function renderOops(oops: Oops, style: ReportStyle = X86_64_STYLE): ReportLine[] {
  const { cause, registers, panic } = oops;
  if (style.registers === "arm64") return renderArm64Oops(oops, style);
  return [
    ...renderCause(cause),
    ...lines(LEVEL.DEFAULT, oopsLine(oops)),
    ...(cause.kind === "general-protection" ? renderShadowFault(cause) : []),
    ...renderSite(oops, style),
    ...modulesLine(oops),
    // So that the address is still in sight when the rest has scrolled away.
    ...(cause.kind === "page-fault" ? lines(LEVEL.DEFAULT, `CR2: ${formatAddress(cause.address)}`) : []),
    ...END_TRACE,
    ...renderRegisters(registers),
    ...(panic === undefined ? [] : [panicStart(panic), panicEnd(panic)]),
  ];
}

/** A warning as Linux 6.12 logs it. */
export function renderWarning(warning: Warning, style: ReportStyle = X86_64_STYLE): ReportLine[] {
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
export function renderPanic({ message, machine, task, callTrace }: Panic, style = X86_64_STYLE): ReportLine[] {
  return [panicStart(message), ...renderDumpStack({ machine, task, callTrace }, style), panicEnd(message)];
}

/** What `dump_stack()` logs (`lib/dump_stack.c`): where it is called, and the call trace. */
export function renderDumpStack(
  { machine, task, callTrace }: Pick<CrashSite, "machine" | "task" | "callTrace">,
  style: ReportStyle = X86_64_STYLE,
): ReportLine[] {
  return [...renderMachine(machine, task, LEVEL.DEFAULT), ...renderCallTrace(callTrace, style, LEVEL.DEFAULT)];
}

/** What the watchdog logs of a CPU that does not come to an end (`watchdog_timer_fn` in `kernel/watchdog.c`). */
export function renderSoftLockup(site: CrashSite, seconds: number, style: ReportStyle = X86_64_STYLE): ReportLine[] {
  const { machine, task } = site;
  const stuck = `CPU#${machine.cpu} stuck for ${seconds}s! [${task.comm}:${task.pid}]`;
  return [
    ...lines(LEVEL.EMERG, `watchdog: BUG: soft lockup - ${stuck}`),
    ...modulesLine(site),
    ...renderSite(site, style),
  ];
}

/** What is printed before the `Oops:` line. */
function renderCause(cause: OopsCause): ReportLine[] {
  switch (cause.kind) {
    case "page-fault":
      return renderPageFault(cause);
    case "abort":
      return lines(LEVEL.ALERT, ...cause.lines);
    case "stack-guard": {
      const [address, begin, end] = [cause.address, cause.begin, cause.end].map(formatAddress);
      const hit = `BUG: ${cause.stack ?? "TASK"} stack guard page was hit at ${address} (stack is ${begin}..${end})`;
      return lines(LEVEL.EMERG, hit);
    }
    case "bug":
      return [...lines(LEVEL.DEFAULT, CUT_HERE), ...lines(LEVEL.CRIT, `kernel BUG at ${cause.file}:${cause.line}!`)];
    default:
      return [];
  }
}

const TABLES = ["PGD", "P4D", "PUD", "PMD", "PTE"];

function renderPageFault({ address, errorCode, entries }: PageFault): ReportLine[] {
  const has = (bit: number) => (errorCode & (1 << bit)) !== 0;
  const [present, write, user, reserved, fetch, key] = [0, 1, 2, 3, 4, 5].map(has);
  const title =
    address < PAGE_SIZE ? "kernel NULL pointer dereference, address:" : "unable to handle page fault for address:";
  const what = fetch ? "instruction fetch" : write ? "write access" : "read access";
  const why = !present
    ? "not-present page"
    : reserved
      ? "reserved bit violation"
      : key
        ? "protection keys violation"
        : "permissions violation";
  const walk = entries.map((entry, level) => `${TABLES[level]} ${entry.toString(16)}${level < 4 ? " " : ""}`);
  return [
    ...lines(
      LEVEL.ALERT,
      `BUG: ${title} ${formatAddress(address)}`,
      `#PF: ${user ? "user" : "supervisor"} ${what} in kernel mode`,
      `#PF: error_code(0x${hex4(errorCode)}) - ${why}`,
    ),
    ...lines(LEVEL.INFO, walk.join("")),
  ];
}

/** The line that every oops has: `__die_header` in `arch/x86/kernel/dumpstack.c`. */
function oopsLine({ cause, count = 1, config = ["PREEMPT", "SMP", "KASAN"] }: Oops): string {
  const code = hex4("errorCode" in cause ? (cause.errorCode ?? 0) & 0xffff : 0);
  return `Oops: ${causeName(cause)}: ${code} [#${count}]${config.map((word) => ` ${word}`).join("")}`;
}

function causeName(cause: OopsCause): string {
  switch (cause.kind) {
    case "general-protection": {
      const { address, nonCanonical, errorCode } = cause;
      if (errorCode) return "segment-related general protection fault";
      if (address === undefined) return "general protection fault";
      const sure = nonCanonical ? "probably for non-canonical address" : "maybe for address";
      return `general protection fault, ${sure} ${hex(address)}`;
    }
    case "page-fault":
    case "abort":
      return "Oops";
    case "stack-guard":
      return "stack guard page";
    case "bug":
      return "invalid opcode";
    case "exception":
      return cause.name;
  }
}

/** What KASAN makes of a non-canonical address (`kasan_non_canonical_hook` in `mm/kasan/report.c`). */
function renderShadowFault({ shadowFault }: ProtectionFault): ReportLine[] {
  if (shadowFault === undefined) return [];
  const [first, last] = [shadowFault.first, shadowFault.last].map(formatAddress);
  return lines(LEVEL.ALERT, `KASAN: ${shadowFault.type} in range [0x${first}-0x${last}]`);
}

function renderSite({ machine, task, registers, callTrace }: CrashSite, style: ReportStyle): ReportLine[] {
  return [
    ...renderMachine(machine, task, LEVEL.DEFAULT),
    ...(style.registers === "arm64" ? renderArm64Registers(registers) : renderRegisters(registers)),
    ...renderCallTrace(callTrace, style, LEVEL.DEFAULT),
  ];
}

function renderRegisters({ ip, cs = 0x10, sp, ss = 0x18, flags, general = {}, cr2 }: Registers): ReportLine[] {
  const texts = [`RIP: ${hex4(cs)}:${formatFrame(ip)}`];
  if (sp !== undefined) {
    const eflags = flags === undefined ? "" : ` EFLAGS: ${flags.toString(16).padStart(8, "0")}`;
    texts.push(`RSP: ${hex4(ss)}:${formatAddress(sp)}${eflags}`);
  }
  for (let i = 0; i < GENERAL_REGISTERS.length; i += 3) {
    const known = GENERAL_REGISTERS.slice(i, i + 3).flatMap((name) => {
      const value = general[name];
      return value === undefined ? [] : [`${name}: ${formatAddress(value)}`];
    });
    if (known.length > 0) texts.push(known.join(" "));
  }
  if (cr2 !== undefined) texts.push(`CR2: ${formatAddress(cr2)}`);
  return lines(LEVEL.DEFAULT, ...texts);
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, "0");
}
