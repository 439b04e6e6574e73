import {
  type Oops,
  type OopsCause,
  type Panic,
  type Registers,
  type ReportedMachine,
  renderOops,
  renderPanic,
  renderWarning,
  type TaskRef,
  type Warning,
} from "@kasan/report";
import { LEVEL, lines } from "@kasan/report/words";
import { explainShadowFault, X86_64_GENERIC } from "@kasan/shadow";
import { expect, test } from "vitest";
import { X86_64_STYLE } from "./words.ts";

const KUNIT: TaskRef = { comm: "kunit_try_catch", pid: 43 };
const MACHINE: ReportedMachine = { cpu: 0, uid: 0, taint: ["BAD_PAGE", "TEST"], release: "6.12.117", build: "#1" };

const IP = { symbol: "f", offset: 1, size: 2, module: "m", reliable: true };
const REGISTERS: Registers = { ip: IP, sp: 0xffffc90000447db0n };
const SITE = {
  task: KUNIT,
  machine: MACHINE,
  registers: REGISTERS,
  callTrace: [{ symbol: "g", offset: 3, size: 4, reliable: true }],
  modules: ["kasan_test(N)"],
};

const CPU = [
  "CPU: 0 UID: 0 PID: 43 Comm: kunit_try_catch Tainted: G    B            N 6.12.117 #1 ",
  "Tainted: [B]=BAD_PAGE, [N]=TEST",
];
const RIP = ["RIP: 0010:f+0x1/0x2 [m]", "RSP: 0018:ffffc90000447db0"];
const TRACE = ["Call Trace:", " <TASK>", " g+0x3/0x4", " </TASK>"];
const MODULES = "Modules linked in: kasan_test(N)";
const END = "---[ end trace 0000000000000000 ]---";

function oops(cause: OopsCause, more: Partial<Oops> = {}): string[] {
  return renderOops({ ...SITE, cause, ...more }, X86_64_STYLE).map(({ text }) => text);
}

const GPF = "Oops: general protection fault, probably for non-canonical address 0xdffffc0000000000: 0000";

test("a null pointer, met by a check: a general protection fault", () => {
  const address = 0xdffffc0000000000n;
  const shadowFault = explainShadowFault(X86_64_GENERIC, address)!;
  expect(
    oops({ kind: "general-protection", address, lines: [], oops: GPF, shadowFault }, { panic: "Fatal exception" }),
  ).toEqual([
    `${GPF} [#1] PREEMPT SMP KASAN`,
    "KASAN: null-ptr-deref in range [0x0000000000000000-0x0000000000000007]",
    ...CPU,
    ...RIP,
    ...TRACE,
    MODULES,
    END,
    ...RIP,
    "Kernel panic - not syncing: Fatal exception",
    "---[ end Kernel panic - not syncing: Fatal exception ]---",
  ]);
});

test("a page fault prints its cause first and CR2 twice", () => {
  const cause = {
    kind: "page-fault",
    address: 8n,
    lines: lines(LEVEL.ALERT, "BUG: …", "PGD 0 "),
    oops: "Oops: Oops: 0000",
  };
  const registers = { ...REGISTERS, others: { CR2: 8n } };
  expect(oops(cause as OopsCause, { count: 2, config: [], registers })).toEqual([
    "BUG: …",
    "PGD 0 ",
    "Oops: Oops: 0000 [#2]",
    ...CPU,
    ...RIP,
    "CR2: 0000000000000008",
    ...TRACE,
    MODULES,
    "CR2: 0000000000000008",
    END,
    ...RIP,
    "CR2: 0000000000000008",
  ]);
});

test("a stack that overflows, a BUG(), a division by zero", () => {
  const stack = { begin: 0xffffc90000018000n, end: 0xffffc90000020000n };
  expect(oops({ kind: "stack-guard", address: 0xffffc90000017ff8n, ...stack }).slice(0, 2)).toEqual([
    "BUG: TASK stack guard page was hit at ffffc90000017ff8 (stack is ffffc90000018000..ffffc90000020000)",
    "Oops: stack guard page: 0000 [#1] PREEMPT SMP KASAN",
  ]);
  expect(oops({ kind: "bug", file: "file.c", line: 12 }).slice(0, 3)).toEqual([
    "------------[ cut here ]------------",
    "kernel BUG at file.c:12!",
    "Oops: invalid opcode: 0000 [#1] PREEMPT SMP KASAN",
  ]);
  expect(oops({ kind: "exception", name: "divide error" })[0]).toBe("Oops: divide error: 0000 [#1] PREEMPT SMP KASAN");
});

test("registers that are known print in their rows", () => {
  const registers = { ...REGISTERS, others: { EFLAGS: 0x246n, RAX: 1n, RCX: 2n, R15: 3n, CR2: 0x10n } };
  expect(oops({ kind: "exception", name: "x" }, { registers }).slice(3, 8)).toEqual([
    "RIP: 0010:f+0x1/0x2 [m]",
    "RSP: 0018:ffffc90000447db0 EFLAGS: 00000246",
    "RAX: 0000000000000001 RCX: 0000000000000002",
    "R15: 0000000000000003",
    "CR2: 0000000000000010",
  ]);
});

test("a warning, with and without a message", () => {
  const warning: Warning = { ...SITE, file: "file.c", line: 12, message: "odd\n" };
  const rest = ["WARNING: CPU: 0 PID: 43 at file.c:12 f+0x1/0x2 [m]", MODULES, ...CPU, ...RIP, ...TRACE, END];
  expect(renderWarning(warning, X86_64_STYLE).map(({ text }) => text)).toEqual([
    "------------[ cut here ]------------",
    "odd",
    ...rest,
  ]);
  const { message: _, ...silent } = warning;
  expect(renderWarning(silent, X86_64_STYLE)[1]!.text).toBe(rest[0]);
});

test("a panic without an oops", () => {
  const panic: Panic = { ...SITE, message: "KASAN: panic_on_warn set ..." };
  expect(renderPanic(panic, X86_64_STYLE).map(({ text }) => text)).toEqual([
    "Kernel panic - not syncing: KASAN: panic_on_warn set ...",
    ...CPU,
    ...TRACE,
    "---[ end Kernel panic - not syncing: KASAN: panic_on_warn set ... ]---",
  ]);
});
