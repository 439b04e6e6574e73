import fc from "fast-check";
import { expect, test } from "vitest";
import {
  checkReport,
  encodeLog,
  explainHtml,
  explainText,
  formatLog,
  formatReport,
  parsedToJson,
  parseLog,
  toKasanReport,
  toSarif,
} from "../src/index.ts";
import { anyReport } from "./arbitrary.ts";

/** Shrinking a whole report takes minutes; what fails is shown within seconds. */
const QUICK = { interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false };

/** Everything that can be done with a log. Nothing of it may throw, whatever the log. */
function useAll(log: Uint8Array): void {
  const { reports, items } = parseLog(log);
  expect(encodeLog(formatLog(items))).toEqual(log);
  for (const report of reports) {
    checkReport(report);
    explainText(report);
    JSON.stringify(parsedToJson(report));
    const model = toKasanReport(report);
    if (model) formatReport(model);
  }
  explainHtml(reports);
  JSON.stringify(
    toSarif(
      reports.map((report) => ({ file: "a.log", report })),
      "1",
    ),
  );
}

const encode = (text: string) => new TextEncoder().encode(text);

/** Lines and pieces of lines that reports are made of, so that noise reaches every part of the reader. */
const piece = fc.oneof(
  fc.constantFrom(
    "=".repeat(66),
    "BUG: KASAN: ",
    "use-after-free in f+0x1/0x2",
    "BUG: KASAN: x in f+0xffffffffffffffff/0xffffffffffffffffff",
    "Read of size 99999999999999999999 at addr ffffffffffffffff by task a/1",
    "Write of size 8 at addr (null) by task /0",
    "Allocated by task 99999999999999999999 on cpu 1 at 99999999999999.1s:",
    "general protection fault: 0000 [#1] KASAN",
    "KASAN: null-ptr-deref in range [0x0000000000000000-0xffffffffffffffff]",
    "RIP: 0010:f+0x1/0x2",
    "Call Trace:",
    " <IRQ>",
    " f+0x1/0x2 [m]",
    " ? 0xffffffffa0000000",
    "The buggy address belongs to the object at ffffffffffffffff",
    " which belongs to the cache kmalloc-8 of size 8",
    "The buggy address is located 4294967295 bytes to the left of",
    " 8-byte region [ffffffffffffffff, 0000000000000000)",
    "The buggy address belongs to the variable:",
    "The buggy address belongs to the physical page:",
    "raw: 0000000000000000 ffffffffffffffff",
    "This frame has 3 objects:",
    " [4294967295, 0) 'x'",
    "Memory state around the buggy address:",
    ">ffffffffffffff80: ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff",
    " ffff888000000000: 00",
    "      ^",
    "Pointer tag: [ff], memory tag: [fe]",
    "CPU: 0 PID: 1 Comm: a Tainted: G    B 6.12.0 #1",
    "---[ end trace 0 ]---",
    "[    1.000000][    T1] ",
    "> ",
    "\r",
    "\u001b[31m",
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
);

test("no lines of any reports, in any order, make it throw", () => {
  const log = fc.array(fc.tuple(piece, fc.constantFrom("\n", "\n", "", "\r\n")), { maxLength: 60 });
  fc.assert(
    fc.property(log, (pieces) => useAll(encode(pieces.flat().join("")))),
    { numRuns: 1000, ...QUICK },
  );
});

test("a region that ends before it starts is not drawn", () => {
  const lines = [
    "BUG: KASAN: x in f+0x1/0x2",
    "Read of size 99999999999999999999 at addr ffffffffffffffff by task a/1",
    " 8-byte region [ffffffffffffffff, 0000000000000000)",
  ];
  useAll(encode(`${lines.join("\n")}\n`));
});

test("no bytes make it throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), useAll), { numRuns: 300, ...QUICK });
});

test("no damage to a report makes it throw", () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(40), fc.string({ maxLength: 4 })), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(anyReport, damage, ({ report, style }, cuts) => {
      const text = cuts.reduce(
        (now, [at, length, by]) => {
          const start = at % (now.length + 1);
          return now.slice(0, start) + by + now.slice(start + length);
        },
        formatReport(report, style),
      );
      useAll(encode(text));
    }),
    { numRuns: 300, ...QUICK },
  );
});

test.each<[string, string]>([
  ["one line of a report without an end", `BUG: KASAN: use-after-free in ${"a".repeat(300_000)}`],
  ["a title's words", `BUG: KASAN: ${"a-".repeat(100_000)}`],
  ["open brackets", `BUG: KASAN: x in f+0x1/0x2\n${"((((f.c:1 ".repeat(50_000)}\n`],
  ["blanks", `${" ".repeat(300_000)}BUG: KASAN: x in f+0x1/0x2\n`],
  ["quotations", `${"> ".repeat(100_000)}BUG: KASAN: x in f+0x1/0x2\n`],
  ["titles", "BUG: KASAN: x in f+0x1/0x2\n".repeat(3_000)],
  [
    "titles of as many tasks",
    Array.from({ length: 3_000 }, (_, i) => `[    1.000000][T${i}] BUG: KASAN: x in f+0x1/0x2\n`).join(""),
  ],
  ["faults", "general protection fault: 0000 [#1] KASAN\n".repeat(3_000)],
  ["words that reports begin with", "KASAN general protection fault \n".repeat(20_000)],
])("%s: no time that grows faster than the log", (_name, log) => {
  // A quadratic expression would take minutes; the runner's timeout would end it.
  useAll(encode(log));
});
