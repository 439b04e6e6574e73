import { type Oops, type OopsCause, type ReportedMachine, renderOops, renderWarning } from "@kasan/report";
import { LEVEL, lines } from "@kasan/report/words";
import { expect, test } from "vitest";
import { ARM64_STYLE } from "./words.ts";

const MACHINE: ReportedMachine = { cpu: 0, uid: 0, taint: [], release: "6.12.117", build: "#1" };
const frame = (symbol: string) => ({ symbol, offset: 1, size: 2, reliable: true });
const SITE = {
  task: { comm: "kunit_try_catch", pid: 43 },
  machine: MACHINE,
  registers: { ip: frame("f"), lr: frame("g"), sp: 0xffff800090008000n },
  callTrace: [frame("f"), frame("g")],
  modules: ["m"],
};
const CPU = "CPU: 0 UID: 0 PID: 43 Comm: kunit_try_catch Not tainted 6.12.117 #1 ";
const REGISTERS = ["pc : f+0x1/0x2", "lr : g+0x1/0x2", "sp : ffff800090008000"];
const TRACE = ["Call trace:", " f+0x1/0x2", " g+0x1/0x2"];
const END = "---[ end trace 0000000000000000 ]---";

const oops = (cause: OopsCause, more: Partial<Oops> = {}): string[] =>
  renderOops({ ...SITE, cause, ...more }, ARM64_STYLE).map(({ text }) => text);

test("an abort in the architecture's words, then modules, CPU, registers once", () => {
  const cause: OopsCause = {
    kind: "page-fault",
    address: 0n,
    lines: lines(LEVEL.ALERT, "Unable to", "Mem"),
    oops: "Internal error: Oops: 0000000096000004",
  };
  expect(oops(cause, { count: 2, panic: "Fatal exception" })).toEqual([
    "Unable to",
    "Mem",
    "Internal error: Oops: 0000000096000004 [#2] PREEMPT SMP",
    "Modules linked in: m",
    CPU,
    ...REGISTERS,
    ...TRACE,
    END,
    "Kernel panic - not syncing: Fatal exception",
    "---[ end Kernel panic - not syncing: Fatal exception ]---",
  ]);
});

test("BUG() is a BRK, what the processor does not know an undefined instruction", () => {
  expect(oops({ kind: "bug", file: "a.c", line: 3 }).slice(0, 3)).toEqual([
    "------------[ cut here ]------------",
    "kernel BUG at a.c:3!",
    "Internal error: Oops - BUG: 00000000f2000800 [#1] PREEMPT SMP",
  ]);
  expect(oops({ kind: "exception", name: "invalid opcode" })[0]).toBe(
    "Internal error: Oops - Undefined instruction: 0000000002000000 [#1] PREEMPT SMP",
  );
});

test("a stack that is used up is a panic", () => {
  const lines = oops({ kind: "stack-guard", address: 0x10n, begin: 0x1000n, end: 0x9000n });
  expect(lines[0]).toBe("Insufficient stack space to handle exception!");
  expect(lines).toContain("Task stack:     [0x0000000000001000..0x0000000000009000]");
  expect(lines.at(-1)).toBe("---[ end Kernel panic - not syncing: kernel stack overflow ]---");
});

test("a warning shows arm64's registers", () => {
  expect(renderWarning({ ...SITE, file: "a.c", line: 3 }, ARM64_STYLE).map(({ text }) => text)).toEqual([
    "------------[ cut here ]------------",
    "WARNING: CPU: 0 PID: 43 at a.c:3 f+0x1/0x2",
    "Modules linked in: m",
    CPU,
    ...REGISTERS,
    ...TRACE,
    END,
  ]);
});
