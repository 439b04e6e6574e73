import {
  type Oops,
  type OopsCause,
  type ReportedMachine,
  renderDumpStack,
  renderOops,
  renderWarning,
} from "@kasan/report";
import { LEVEL, lines } from "@kasan/report/words";
import { expect, test } from "vitest";
import { RISCV64_STYLE } from "./words.ts";

const frame = (symbol: string, address: bigint) => ({ symbol, address, offset: 1, size: 2, reliable: true });
const MACHINE: ReportedMachine = { cpu: 0, uid: 0, taint: [], release: "6.12.117", build: "#1" };
const SITE = {
  task: { comm: "kunit_try_catch", pid: 43 },
  machine: MACHINE,
  registers: { ip: frame("f", 0xffffffff80001000n), lr: frame("g", 0xffffffff80002000n), sp: 0xffff8f8000008000n },
  callTrace: [frame("f", 0xffffffff80001000n), frame("g", 0xffffffff80002000n)],
  modules: ["m"],
};
const CPU = "CPU: 0 UID: 0 PID: 43 Comm: kunit_try_catch Not tainted 6.12.117 #1 ";
const REGISTERS = [
  "epc : f+0x1/0x2",
  " ra : g+0x1/0x2",
  "epc : ffffffff80001000 ra : ffffffff80002000 sp : ffff8f8000008000",
];
const TRACE = ["[<ffffffff80001000>] f+0x1/0x2", "[<ffffffff80002000>] g+0x1/0x2"];
const END = "---[ end trace 0000000000000000 ]---";
const oops = (cause: OopsCause, more: Partial<Oops> = {}): string[] =>
  renderOops({ ...SITE, cause, ...more }, RISCV64_STYLE).map(({ text }) => text);

test("a fault: the cause, modules, CPU, registers, and a trace without a title", () => {
  const cause: OopsCause = { kind: "page-fault", address: 8n, lines: lines(LEVEL.ALERT, "Unable to"), oops: "Oops" };
  const others = { status: 0x120n, badaddr: 8n, cause: 13n };
  const registers = { ...SITE.registers, others };
  expect(oops(cause, { count: 2, panic: "Fatal exception", registers })).toEqual([
    "Unable to",
    "Oops [#2]",
    "Modules linked in: m",
    CPU,
    ...REGISTERS,
    "status: 0000000000000120 badaddr: 0000000000000008 cause: 000000000000000d",
    ...TRACE,
    END,
    "Kernel panic - not syncing: Fatal exception",
    "---[ end Kernel panic - not syncing: Fatal exception ]---",
  ]);
});

test("BUG(), and an instruction that does not exist", () => {
  expect(oops({ kind: "bug", file: "a.c", line: 3 }).slice(0, 3)).toEqual([
    "------------[ cut here ]------------",
    "kernel BUG at a.c:3!",
    "Kernel BUG [#1]",
  ]);
  expect(oops({ kind: "exception", name: "Oops - illegal instruction" })[0]).toBe("Oops - illegal instruction [#1]");
});

test("a stack that is used up is a panic", () => {
  const logged = oops({ kind: "stack-guard", address: 0x10n, begin: 0x1000n, end: 0x9000n });
  expect(logged.slice(0, 2)).toEqual([
    "Insufficient stack space to handle exception!",
    "Task stack:     [0x0000000000001000..0x0000000000009000]",
  ]);
  expect(logged.at(-1)).toBe("---[ end Kernel panic - not syncing: Kernel stack overflow ]---");
});

test("a warning shows registers and a trace; dump_stack() has a title above it", () => {
  const warning = renderWarning({ ...SITE, file: "a.c", line: 3 }, RISCV64_STYLE).map(({ text }) => text);
  expect(warning).toEqual([
    "------------[ cut here ]------------",
    "WARNING: CPU: 0 PID: 43 at a.c:3 f+0x1/0x2",
    "Modules linked in: m",
    CPU,
    ...REGISTERS,
    ...TRACE,
    END,
  ]);
  expect(renderDumpStack(SITE, RISCV64_STYLE).map(({ text }) => text)).toEqual([CPU, "Call Trace:", ...TRACE]);
});
