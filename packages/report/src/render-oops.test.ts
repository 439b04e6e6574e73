import { explainShadowFault, X86_64_GENERIC } from "@kasan/shadow";
import { expect, test } from "vitest";
import { KUNIT, MACHINE } from "../test/models.ts";
import type { Oops, OopsCause, Panic, Registers, Warning } from "./oops.ts";
import { renderOops, renderPanic, renderWarning } from "./render-oops.ts";

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
  return renderOops({ ...SITE, cause, ...more }).map(({ text }) => text);
}

test("a null pointer, met by a check: a general protection fault", () => {
  const address = 0xdffffc0000000000n;
  const shadowFault = explainShadowFault(X86_64_GENERIC, address)!;
  expect(
    oops({ kind: "general-protection", address, nonCanonical: true, shadowFault }, { panic: "Fatal exception" }),
  ).toEqual([
    "Oops: general protection fault, probably for non-canonical address 0xdffffc0000000000: 0000 [#1] PREEMPT SMP KASAN",
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

test("other general protection faults", () => {
  expect(oops({ kind: "general-protection" })[0]).toBe("Oops: general protection fault: 0000 [#1] PREEMPT SMP KASAN");
  expect(oops({ kind: "general-protection", address: 0x10n }, { count: 2, config: [] })[0]).toBe(
    "Oops: general protection fault, maybe for address 0x10: 0000 [#2]",
  );
  expect(oops({ kind: "general-protection", errorCode: 0x18 })[0]).toMatch(
    /^Oops: segment-related general .*: 0018 \[/,
  );
});

test("a page fault at a null pointer", () => {
  expect(oops({ kind: "page-fault", address: 0n, errorCode: 0, entries: [0n, 0n] })).toEqual([
    "BUG: kernel NULL pointer dereference, address: 0000000000000000",
    "#PF: supervisor read access in kernel mode",
    "#PF: error_code(0x0000) - not-present page",
    "PGD 0 P4D 0 ",
    "Oops: Oops: 0000 [#1] PREEMPT SMP KASAN",
    ...CPU,
    ...RIP,
    ...TRACE,
    MODULES,
    "CR2: 0000000000000000",
    END,
    ...RIP,
  ]);
});

test.each([
  [0x0002, "write access", "not-present page"],
  [0x0003, "write access", "permissions violation"],
  [0x0009, "read access", "reserved bit violation"],
  [0x0011, "instruction fetch", "permissions violation"],
  [0x0021, "read access", "protection keys violation"],
])("the words for error code %i", (errorCode, what, why) => {
  const entries = [0x1067n, 0x2067n, 0x3067n, 0x4067n, 0n];
  const code = errorCode.toString(16).padStart(4, "0");
  expect(oops({ kind: "page-fault", address: 0xffffc90000001000n, errorCode, entries }).slice(0, 5)).toEqual([
    "BUG: unable to handle page fault for address: ffffc90000001000",
    `#PF: supervisor ${what} in kernel mode`,
    `#PF: error_code(0x${code}) - ${why}`,
    "PGD 1067 P4D 2067 PUD 3067 PMD 4067 PTE 0",
    `Oops: Oops: ${code} [#1] PREEMPT SMP KASAN`,
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
  const registers = { ...REGISTERS, flags: 0x246n, general: { RAX: 1n, RCX: 2n, R15: 3n }, cr2: 0x10n };
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
  expect(renderWarning(warning).map(({ text }) => text)).toEqual([
    "------------[ cut here ]------------",
    "odd",
    ...rest,
  ]);
  const { message: _, ...silent } = warning;
  expect(renderWarning(silent)[1]!.text).toBe(rest[0]);
});

test("a panic without an oops", () => {
  const panic: Panic = { ...SITE, message: "KASAN: panic_on_warn set ..." };
  expect(renderPanic(panic).map(({ text }) => text)).toEqual([
    "Kernel panic - not syncing: KASAN: panic_on_warn set ...",
    ...CPU,
    ...TRACE,
    "---[ end Kernel panic - not syncing: KASAN: panic_on_warn set ... ]---",
  ]);
});
