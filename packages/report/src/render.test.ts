import { expect, test } from "vitest";
import { KUNIT, MACHINE, REPORTS } from "../test/models.ts";
import { formatReport, type KasanReport, LEVEL, renderReport } from "./index.ts";
import { RULE } from "./sections/title.ts";

const WILD: KasanReport = {
  bugType: "user-memory-access",
  function: { symbol: "f", offset: 1, size: 2, reliable: true },
  access: { kind: "Write", address: 0x4000n },
  task: KUNIT,
  callTrace: [{ symbol: "f", offset: 1, size: 2, reliable: true }],
};

function texts(report: KasanReport): string[] {
  return renderReport(report).map(({ text }) => text);
}

test("an address without shadow ends with the call trace", () => {
  expect(texts(WILD)).toEqual([
    RULE,
    "BUG: KASAN: user-memory-access in f+0x1/0x2",
    "Write at addr 0000000000004000 by task kunit_try_catch/43",
    "",
    "Call Trace:",
    " <TASK>",
    " f+0x1/0x2",
    " </TASK>",
    RULE,
  ]);
  expect(RULE).toHaveLength(66);
});

test("a negative size is the huge one that C makes of it", () => {
  const access = { kind: "Read" as const, size: -2, address: 0x4000n };
  expect(texts({ ...WILD, access })[2]).toMatch(/^Read of size 18446744073709551614 at/);
});

test("tracks without CPU, without stack; two stacks of queued work", () => {
  const stack = [{ symbol: "g", offset: 1, size: 2, reliable: true }];
  const report = texts({
    ...WILD,
    allocated: { pid: 1, stack },
    freed: { pid: 2, cpu: 3, timestamp: 1000002 },
    aux: [stack, stack],
  });
  expect(report.slice(8, -1)).toEqual([
    "",
    "Allocated by task 1:",
    " g+0x1/0x2",
    "",
    "Freed by task 2 on cpu 3 at 1.000002s:",
    "(stack is not available)",
    "",
    "Last potentially related work creation:",
    " g+0x1/0x2",
    "",
    "Second to last potentially related work creation:",
    " g+0x1/0x2",
    "",
  ]);
});

test("a vmalloc address that no area owns; a frame with one object", () => {
  const place = { symbol: "f", offset: 0, size: 2, reliable: true };
  const frame = { offset: 33, function: place, objects: [{ start: 32, end: 33, name: "c", line: 7 }] };
  expect(texts({ ...WILD, vmalloc: "virtual mapping", stack: { task: KUNIT, frame } }).slice(9, -1)).toEqual([
    "The buggy address belongs to stack of task kunit_try_catch/43",
    " and is located at offset 33 in frame:",
    " f+0x0/0x2",
    "",
    "This frame has 1 object:",
    " [32, 33) 'c'",
    "",
    "The buggy address belongs to a vmalloc virtual mapping",
  ]);
});

test("the CPU line of a clean kernel of a distribution", () => {
  const machine = { ...MACHINE, taint: [], release: "6.12.0", packageId: "Debian 6.12.0-1", hardware: "QEMU PC" };
  expect(texts({ ...WILD, machine }).slice(4, 6)).toEqual([
    "CPU: 0 UID: 0 PID: 43 Comm: kunit_try_catch Not tainted 6.12.0 #1 Debian 6.12.0-1",
    "Hardware name: QEMU PC",
  ]);
});

test("the page is logged as a warning, saved stacks at the default level, all else as errors", () => {
  const levelOf = new Map(renderReport(REPORTS["double-free"]!).map(({ text, level }) => [text, level]));
  expect(levelOf.get(" kasan_save_track+0x14/0x1c")).toBe(LEVEL.DEFAULT);
  expect(levelOf.get("page_type: f5(slab)")).toBe(LEVEL.WARNING);
  for (const text of ["Call Trace:", " print_report+0x17c/0x4cb", "Memory state around the buggy address:", RULE]) {
    expect(levelOf.get(text)).toBe(LEVEL.ERR);
  }
});

test("the caret follows firstBad, the object's side the access", () => {
  const report = REPORTS["slab-out-of-bounds"]!;
  const access = { ...report.access, size: 8, address: 0xffff888000a59870n };
  const text = formatReport({ ...report, access, firstBad: 0xffff888000a59870n });
  expect(text).toContain("located 112 bytes inside of\n");
  expect(text).toMatch(/^ {61}\^$/m);
});
