import type { CrashWords, Oops, OopsCause, Registers, ReportStyle, StackGuardHit } from "@kasan/report";
import {
  bugLines,
  END_TRACE,
  formatFrame,
  LEVEL,
  lines,
  modulesLine,
  panicEnd,
  panicLines,
  panicStart,
  type ReportLine,
  renderCallTrace,
  renderMachine,
  renderSite,
} from "@kasan/report/words";
import { formatAddress } from "@kasan/shadow";

/**
 * How Linux 6.12 logs crashes on riscv64 (`die` in `arch/riscv/kernel/traps.c`): the cause, `Oops [#1]`, modules, CPU, registers, and
 * the call trace, without the line above it; and the panic, if one followed.
 */
export const RISCV64_CRASHES: CrashWords = {
  oops(oops: Oops, style: ReportStyle): ReportLine[] {
    const { cause, count = 1 } = oops;
    if (cause.kind === "stack-guard") return stackOverflow(oops, cause, style);
    return [
      ...causeLines(cause),
      ...lines(LEVEL.EMERG, `${oopsStart(cause)} [#${count}]`),
      ...modulesLine(oops),
      ...renderSite(oops, style),
      ...END_TRACE,
      ...panicLines(oops),
    ];
  },
  registers: registerLines,
  traceTitle: false,
};

/** `__show_regs`, as far as registers are known. */
function registerLines({ ip, lr, sp, others = {} }: Registers): ReportLine[] {
  const first = [...shown("epc : ", ip.address), ...shown(" ra : ", lr?.address), ...shown(" sp : ", sp)].join("");
  const last = (["status", "badaddr", "cause"] as const).flatMap((name) => shown(`${name}: `, others[name])).join(" ");
  return lines(
    LEVEL.DEFAULT,
    `epc : ${formatFrame(ip)}`,
    ...(lr === undefined ? [] : [` ra : ${formatFrame(lr)}`]),
    ...(first === "" ? [] : [first]),
    ...(last === "" ? [] : [last]),
  );
}

const shown = (name: string, value: bigint | undefined): string[] =>
  value === undefined ? [] : [`${name}${formatAddress(value)}`];

function causeLines(cause: OopsCause): ReportLine[] {
  if ("lines" in cause) return [...cause.lines];
  return cause.kind === "bug" ? bugLines(cause) : [];
}

function oopsStart(cause: OopsCause): string {
  if ("oops" in cause) return cause.oops;
  return cause.kind === "exception" ? cause.name : "Kernel BUG";
}

/** A stack that is used up (`handle_bad_stack`): no oops, but a panic. */
function stackOverflow(oops: Oops, { begin, end }: StackGuardHit, style: ReportStyle): ReportLine[] {
  const why = "Kernel stack overflow";
  const machine = () => renderMachine(oops.machine, oops.task, LEVEL.DEFAULT, style.version);
  return [
    ...lines(
      LEVEL.EMERG,
      "Insufficient stack space to handle exception!",
      `Task stack:     [0x${formatAddress(begin)}..0x${formatAddress(end)}]`,
    ),
    ...machine(),
    ...registerLines(oops.registers),
    panicStart(why),
    ...machine(),
    ...renderCallTrace(oops.callTrace, style, LEVEL.DEFAULT),
    panicEnd(why),
  ];
}
