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

/** `BRK` exceptions' syndrome without the immediate; `BUG_BRK_IMM` (arch/arm64/include/asm/esr.h, brk-imm.h). */
const ESR_BRK = 0xf2000000;
const BUG_BRK = 0x800;
/** The syndrome of an unknown instruction: nothing but its length. */
const ESR_UNKNOWN = 0x02000000;

/**
 * How Linux 6.12 logs crashes on arm64 (`die` in `arch/arm64/kernel/traps.c`): the cause, `Internal error: …`, modules, CPU,
 * registers, call trace; and the panic, if one followed.
 */
export const ARM64_CRASHES: CrashWords = {
  oops(oops: Oops, style: ReportStyle): ReportLine[] {
    const { cause, count = 1 } = oops;
    if (cause.kind === "stack-guard") return badStack(oops, cause, style);
    return [
      ...causeLines(cause),
      ...lines(LEVEL.EMERG, `${oopsStart(cause)} [#${count}] PREEMPT SMP`),
      ...modulesLine(oops),
      ...renderSite(oops, style),
      ...END_TRACE,
      ...panicLines(oops),
    ];
  },
  registers: registerLines,
};

/** `__show_regs`, as far as registers are known. */
function registerLines({ ip, lr, sp }: Registers): ReportLine[] {
  return lines(
    LEVEL.DEFAULT,
    `pc : ${formatFrame(ip)}`,
    ...(lr === undefined ? [] : [`lr : ${formatFrame(lr)}`]),
    ...(sp === undefined ? [] : [`sp : ${formatAddress(sp)}`]),
  );
}

function causeLines(cause: OopsCause): ReportLine[] {
  if ("lines" in cause) return [...cause.lines];
  return cause.kind === "bug" ? bugLines(cause) : [];
}

function oopsStart(cause: OopsCause): string {
  if ("oops" in cause) return cause.oops;
  if (cause.kind === "bug") return `Internal error: Oops - BUG: ${hex16(ESR_BRK | BUG_BRK)}`;
  return `Internal error: Oops - Undefined instruction: ${hex16(ESR_UNKNOWN)}`;
}

/** A stack that is used up (`panic_bad_stack`): no oops, but a panic. */
function badStack(oops: Oops, { address, begin, end }: StackGuardHit, style: ReportStyle): ReportLine[] {
  const why = "kernel stack overflow";
  return [
    ...lines(
      LEVEL.EMERG,
      "Insufficient stack space to handle exception!",
      `ESR: 0x${hex16(0x96000047)} -- DABT (current EL)`,
      `FAR: 0x${formatAddress(address)}`,
      `Task stack:     [0x${formatAddress(begin)}..0x${formatAddress(end)}]`,
    ),
    ...renderMachine(oops.machine, oops.task, LEVEL.DEFAULT, style.version),
    ...registerLines(oops.registers),
    panicStart(why),
    ...renderMachine(oops.machine, oops.task, LEVEL.DEFAULT, style.version),
    ...renderCallTrace(oops.callTrace, style, LEVEL.DEFAULT),
    panicEnd(why),
  ];
}

const hex16 = (value: number) => (value >>> 0).toString(16).padStart(16, "0");
