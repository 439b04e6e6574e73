import { formatAddress } from "@kasan/shadow";
import { CUT_HERE, END_TRACE, modulesLine, panicEnd, panicStart } from "./crash-lines.ts";
import { formatFrame } from "./frame.ts";
import { LEVEL, lines, type ReportLine } from "./line.ts";
import type { Oops, OopsCause, Registers, StackGuardHit } from "./oops.ts";
import { renderCallTrace } from "./sections/call-trace.ts";
import { renderMachine } from "./sections/machine.ts";
import type { ReportStyle } from "./style.ts";

/** `BRK` exceptions' syndrome without the immediate; `BUG_BRK_IMM` (arch/arm64/include/asm/esr.h, brk-imm.h). */
const ESR_BRK = 0xf2000000;
const BUG_BRK = 0x800;
/** The syndrome of an unknown instruction: nothing but its length. */
const ESR_UNKNOWN = 0x02000000;

/**
 * An oops as Linux 6.12 logs it on arm64 (`die` in `arch/arm64/kernel/traps.c`): the cause, `Internal error: …`, modules, CPU,
 * registers, call trace; and the panic, if one followed.
 */
export function renderArm64Oops(oops: Oops, style: ReportStyle): ReportLine[] {
  const { cause, count = 1, panic } = oops;
  if (cause.kind === "stack-guard") return renderBadStack(oops, cause, style);
  return [
    ...renderCause(cause),
    ...lines(LEVEL.EMERG, `${oopsStart(cause)} [#${count}] PREEMPT SMP`),
    ...renderState(oops, style),
    ...END_TRACE,
    ...(panic === undefined ? [] : [panicStart(panic), panicEnd(panic)]),
  ];
}

/** `__show_regs`, as far as registers are known. */
export function renderArm64Registers({ ip, lr, sp }: Registers): ReportLine[] {
  return lines(
    LEVEL.DEFAULT,
    `pc : ${formatFrame(ip)}`,
    ...(lr === undefined ? [] : [`lr : ${formatFrame(lr)}`]),
    ...(sp === undefined ? [] : [`sp : ${formatAddress(sp)}`]),
  );
}

function renderState(oops: Oops, style: ReportStyle): ReportLine[] {
  return [
    ...modulesLine(oops),
    ...renderMachine(oops.machine, oops.task, LEVEL.DEFAULT),
    ...renderArm64Registers(oops.registers),
    ...renderCallTrace(oops.callTrace, style, LEVEL.DEFAULT),
  ];
}

function renderCause(cause: OopsCause): ReportLine[] {
  if (cause.kind === "abort") return lines(LEVEL.ALERT, ...cause.lines);
  if (cause.kind !== "bug") return [];
  return [...lines(LEVEL.DEFAULT, CUT_HERE), ...lines(LEVEL.CRIT, `kernel BUG at ${cause.file}:${cause.line}!`)];
}

function oopsStart(cause: OopsCause): string {
  if (cause.kind === "abort") return cause.oops;
  if (cause.kind === "bug") return `Internal error: Oops - BUG: ${hex16(ESR_BRK | BUG_BRK)}`;
  return `Internal error: Oops - Undefined instruction: ${hex16(ESR_UNKNOWN)}`;
}

/** A stack that is used up (`panic_bad_stack`): no oops, but a panic. */
function renderBadStack(oops: Oops, { address, begin, end }: StackGuardHit, style: ReportStyle): ReportLine[] {
  const why = "kernel stack overflow";
  return [
    ...lines(
      LEVEL.EMERG,
      "Insufficient stack space to handle exception!",
      `ESR: 0x${hex16(0x96000047)} -- DABT (current EL)`,
      `FAR: 0x${formatAddress(address)}`,
      `Task stack:     [0x${formatAddress(begin)}..0x${formatAddress(end)}]`,
    ),
    ...renderMachine(oops.machine, oops.task, LEVEL.DEFAULT),
    ...renderArm64Registers(oops.registers),
    panicStart(why),
    ...renderMachine(oops.machine, oops.task, LEVEL.DEFAULT),
    ...renderCallTrace(oops.callTrace, style, LEVEL.DEFAULT),
    panicEnd(why),
  ];
}

const hex16 = (value: number) => (value >>> 0).toString(16).padStart(16, "0");
