import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseLog } from "../parse/index.ts";
import { checkReport } from "./index.ts";

const file = (name: string) => readFileSync(new URL(`../../testdata/${name}.txt`, import.meta.url), "utf8");
const OOB = file("slab-out-of-bounds");
const TAGS = file("slab-out-of-bounds-arm64-sw-tags");
const STACK = file("stack-out-of-bounds");

function problems(log: string): string[] {
  const { reports } = parseLog(log);
  expect(reports).toHaveLength(1);
  return checkReport(reports[0]!).flatMap(({ id, ok }) => (ok ? [] : [id]));
}

test.each([OOB, TAGS, STACK, file("double-free"), file("vmalloc-out-of-bounds"), file("slab-use-after-free-irq")])(
  "a real report agrees with itself",
  (log) => {
    expect(problems(log)).toEqual([]);
    expect(checkReport(parseLog(log).reports[0]!).length).toBeGreaterThan(5);
  },
);

test.each<[id: string, log: string, what: string | RegExp, by: string]>([
  ["caret", OOB, /^( +)\^$/m, "$1   ^"],
  ["caret", OOB, /^( +)\^$/m, "$1 ^"],
  ["distance", OOB, "located 0 bytes to the right", "located 8 bytes to the right"],
  ["distance", OOB, "to the right of", "to the left of"],
  ["region", OOB, "allocated 115-byte region", "allocated 114-byte region"],
  ["cache", OOB, "kmalloc-128 of size 128", "kmalloc-128 of size 96"],
  ["cache", OOB, /kmalloc-128 of size 128/, "kmalloc-64 of size 64"],
  ["shadow", OOB, " 03 fc", " 03 fb"],
  ["rows", OOB, / ffff888000a59700:.*\n/, " ffff888000a59680: 00\n"],
  ["task", OOB, /PID: \d+ Comm/, "PID: 99999 Comm"],
  ["tags", TAGS, "Pointer tag: [f1]", "Pointer tag: [f2]"],
  ["tags", TAGS, "memory tag: [fe]", "memory tag: [f1]"],
  ["variables", STACK, /This frame has \d+ objects/, "This frame has 9 objects"],
  ["foreign-lines", OOB, "Allocated by", "usb 1-1: new device\nAllocated by"],
  ["whole", OOB, /Memory state[\s\S]*/, ""],
])("%s: a change is found", (id, log, what, by) => {
  const changed = log.replace(what, by);
  expect(changed).not.toBe(log);
  expect(problems(changed)).toContain(id);
});

test("the address must be of the kind that the type says", () => {
  const wild = (type: string, address: string) =>
    problems(
      `BUG: KASAN: ${type} in f+0x1/0x2\nRead of size 8 at addr ${address} by task a/1\n\nCall Trace:\n f+0x1/0x2\n g+0x1/0x2\n h+0x1/0x2\n`,
    );
  expect(wild("null-ptr-deref", "0000000000000008")).toEqual([]);
  expect(wild("null-ptr-deref", "0000000000100000")).toContain("address");
  expect(wild("user-memory-access", "00007f0000000000")).toEqual([]);
  expect(wild("wild-memory-access", "dead000000000100")).toEqual([]);
});

test("the hint's range must be that of the shadow that faulted", () => {
  const fault = (address: string) =>
    problems(
      `general protection fault, probably for non-canonical address 0x${address}: 0000 [#1] SMP KASAN\nKASAN: null-ptr-deref in range [0x0000000000000058-0x000000000000005f]\nRIP: 0010:f+0x1/0x2\nCall Trace:\n g+0x1/0x2\n h+0x1/0x2\n i+0x1/0x2\n`,
    );
  expect(fault("dffffc000000000b")).toEqual([]);
  expect(fault("dffffc000000000c")).toContain("fault-range");
});
