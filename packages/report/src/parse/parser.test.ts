import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ReportError } from "../error.ts";
import type { LogItem, ParsedReport } from "./parsed.ts";
import { formatLog, LogParser, parseLog } from "./parser.ts";

const REPORT = readFileSync(new URL("../../testdata/slab-out-of-bounds.txt", import.meta.url), "utf8");
const OTHER = readFileSync(new URL("../../testdata/double-free.txt", import.meta.url), "utf8");

const prefixed = (text: string, prefix: (line: number) => string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line, i) => `${prefix(i)}${line}\n`);

function only(log: string): ParsedReport {
  const { reports, items } = parseLog(log);
  expect(formatLog(items)).toBe(log);
  expect(reports).toHaveLength(1);
  return reports[0]!;
}

describe("what stands before, behind and between", () => {
  const wanted = only(REPORT);
  const { lines: _, line: __, ...fields } = wanted;

  test.each<[string, string]>([
    ["time stamps", prefixed(REPORT, (i) => `[   12.${String(i).padStart(6, "0")}] `).join("")],
    ["callers", prefixed(REPORT, () => "[   12.345678][ T1234] ").join("")],
    ["levels", prefixed(REPORT, () => "<3>[   12.345678] ").join("")],
    ["syslog", prefixed(REPORT, () => "Jan  1 00:00:00 host kernel: [   12.345678] ").join("")],
    ["dmesg -T", prefixed(REPORT, () => "[Mon Jan  1 00:00:00 2024] ").join("")],
    ["quotation", prefixed(REPORT, () => "> > ").join("")],
    ["indentation", prefixed(REPORT, () => "    ").join("")],
    ["a console's name", prefixed(REPORT, (i) => `vm1 ${i}| `).join("")],
    ["carriage returns", REPORT.replaceAll("\n", "\r\n")],
    ["colours", prefixed(REPORT, () => "\u001b[1m[   12.345678] \u001b[0m").join("")],
    ["mail around it", `Hello,\n\nthis report:\n\n${REPORT}\nThanks,\nme\n`],
  ])("%s", (_name, log) => {
    const report = only(log);
    expect(report).toMatchObject(fields);
  });

  test("lines of another task in the middle are not the report's", () => {
    const lines = prefixed(REPORT, () => "[   12.345678][ T1234] ");
    const log = lines.flatMap((line, i) =>
      i % 3 === 0 ? [line, "[   12.345678][   T99] usb 1-1: new device\n"] : [line],
    );
    const report = only(log.join(""));
    expect(report).toMatchObject(fields);
    expect(report.lines.map(({ raw }) => raw)).toEqual(lines);
  });
});

test("two tasks' reports, line by line in turn, come back whole", () => {
  const a = prefixed(REPORT, () => "[   12.345678][ T1234] ");
  const b = prefixed(OTHER, () => "[   12.345678][    C1] ");
  const log = Array.from({ length: Math.max(a.length, b.length) }, (_, i) => [a[i] ?? "", b[i] ?? ""])
    .flat()
    .join("");
  const { reports, items } = parseLog(log);
  expect(formatLog(items)).toBe(log);
  expect(reports.map(({ lines }) => lines.map(({ raw }) => raw).join(""))).toEqual([a.join(""), b.join("")]);
  expect(reports.map(({ damage }) => damage)).toEqual([undefined, undefined]);
});

test("a report that ends in the middle says so", () => {
  expect(only(REPORT).damage).toBeUndefined();
  expect(only(REPORT.slice(0, REPORT.indexOf("Allocated by"))).damage).toBe("truncated");
});

test("a report that begins in the middle of another ends it", () => {
  const head = REPORT.slice(0, REPORT.indexOf("Allocated by"));
  const { reports, items } = parseLog(head + OTHER);
  expect(formatLog(items)).toBe(head + OTHER);
  expect(reports.map(({ bugType, damage }) => [bugType, damage])).toEqual([
    ["slab-out-of-bounds", "truncated"],
    ["double-free", undefined],
  ]);
  expect(reports[1]!.lines.map(({ raw }) => raw).join("")).toBe(OTHER);
});

test.each([
  "BUG: KFENCE: use-after-free read in f+0x1/0x2\n\nUse-after-free read at 0xffff (in kfence-#1):\n f+0x1/0x2\n",
  "BUG: KMSAN: uninit-value in f+0x1/0x2\n f+0x1/0x2\n",
  "UBSAN: array-index-out-of-bounds in f.c:1:2\nindex 3 is out of range\nCall Trace:\n f+0x1/0x2\n",
  "BUG: unable to handle page fault for address: ffff\nOops: 0000 [#1] PREEMPT SMP KASAN\nRIP: 0010:f+0x1/0x2\nCall Trace:\n g+0x1/0x2\n",
  "traps: a[1] general protection fault ip:401000 sp:7ffc error:0 in a[401000+1000]\n",
  "The fix is in; KASAN: it works. BUG: KASAN: use-after-free in f was the title.\n\nThanks\n",
  "kasan: KernelAddressSanitizer initialized (generic)\n",
])("no report: %j", (log) => {
  const { reports, items } = parseLog(log);
  expect(reports).toEqual([]);
  expect(formatLog(items)).toBe(log);
});

test("an oops with KASAN's hint is one, from before its first line to after its last", () => {
  const log = [
    "kasan: CONFIG_KASAN_INLINE enabled",
    "kasan: GPF could be caused by NULL-ptr deref or user memory access",
    "general protection fault: 0000 [#1] SMP KASAN",
    "CPU: 0 PID: 7 Comm: a Not tainted 4.14.0 #1",
    "RIP: 0010:f+0x1/0x20",
    "RSP: 0018:ffff8801aea7f658 EFLAGS: 00010246",
    "Call Trace:",
    " g+0x1/0x20",
    " h+0x1/0x20",
    "---[ end trace 0123456789abcdef ]---",
  ].map((line) => `[   12.000000] ${line}\n`);
  const report = only(`[   11.000000] before\n${log.join("")}[   13.000000] after\n`);
  expect(report).toMatchObject({
    form: "oops",
    title: "general protection fault in f",
    function: { symbol: "f" },
    task: { comm: "a", pid: 7 },
    callTrace: [{ symbol: "g" }, { symbol: "h" }],
  });
  expect(report.lines.map(({ raw }) => raw)).toEqual(log);
});

test("titles that symbolizers repeat, one for each merged function, are one", () => {
  const report = only(
    [
      "BUG: KASAN: slab-use-after-free in atomic_read include/linux/atomic.h:26 [inline]",
      "BUG: KASAN: slab-use-after-free in f+0x1/0x20 mm/f.c:7",
      "Write of size 4 at addr ffff888000000010 by task a b/7",
      "",
      "Call Trace:",
      " f+0x1/0x20 mm/f.c:7",
      "",
    ].join("\n"),
  );
  expect(report).toMatchObject({
    title: "KASAN: slab-use-after-free Write in f",
    function: { symbol: "f", file: "mm/f.c", line: 7, inlined: [{ symbol: "atomic_read", line: 26 }] },
    task: { comm: "a b", pid: 7 },
    access: { kind: "Write", size: 4, address: 0xffff888000000010n },
  });
});

describe("streaming", () => {
  test("pieces of any size give what the whole gives", () => {
    const log = `one\n${prefixed(REPORT, () => "[   12.345678] ").join("")}two\n${prefixed(OTHER, () => "[   13.345678] ").join("")}three`;
    const whole = parseLog(log);
    for (const size of [1, 7, 100, 5000]) {
      const pieces = Array.from({ length: Math.ceil(log.length / size) }, (_, i) =>
        log.slice(i * size, (i + 1) * size),
      );
      const { reports, items } = parseLog(pieces);
      expect(reports).toEqual(whole.reports);
      expect(formatLog(items)).toBe(log);
    }
  });

  test("a whole report is emitted with the line after it", () => {
    const items: LogItem[] = [];
    const parser = new LogParser((item) => items.push(item));
    parser.push(REPORT);
    parser.push("next\n");
    expect(items.map(({ kind }) => kind)).toContain("report");
  });

  /** A report of another task on each processor, and the order in which they come. */
  function titles(log: Iterable<string>, order: "ends" | "beginnings"): string[] {
    const found: string[] = [];
    const parser = new LogParser((item) => item.kind === "report" && found.push(item.report.title), { order });
    for (const piece of log) parser.push(piece);
    parser.end();
    return found;
  }
  const of = (task: number, text: string) => prefixed(text, () => `[   12.345678][ T${task}] `);

  test("reports come in the order of their ends, or in that of their beginnings", () => {
    const [first, second] = [of(1, REPORT), of(2, OTHER)];
    const log = [...first.slice(0, 5), ...second, ...of(2, "next\n"), ...first.slice(5), ...of(1, "next\n")];
    const [a, b] = [only(REPORT).title, only(OTHER).title];
    expect(titles(log, "ends")).toEqual([b, a]);
    expect(titles(log, "beginnings")).toEqual([a, b]);
    expect(titles(log.slice(0, -1), "beginnings")).toEqual([a, b]);
  });

  test("a report that never ends does not hold up those behind it for ever", () => {
    const endless = of(1, REPORT);
    const other = of(2, OTHER);
    const counts = { ends: 0, beginnings: 0 };
    const parsers = (["ends", "beginnings"] as const).map(
      (order) => new LogParser((item) => item.kind === "report" && counts[order]++, { order }),
    );
    const push = (text: string) => {
      for (const parser of parsers) parser.push(text);
      return counts.ends - counts.beginnings;
    };
    push(endless.slice(0, 12).join(""));
    let waiting = 0;
    const text = `${other.join("")}${of(1, ` f${"x".repeat(40)}+0x1/0x2\n`)[0]}`;
    for (let read = 0; read < 8 * 1024 * 1024; read += text.length) waiting = Math.max(waiting, push(text));
    expect(waiting).toBeGreaterThan(1);
    expect(waiting).toBeLessThan((2.1 * 1024 * 1024) / text.length);
    expect(counts.ends - counts.beginnings).toBe(0);
  });

  test("nothing follows the end", () => {
    const parser = new LogParser(() => {});
    parser.end();
    parser.end();
    expect(() => parser.push("x")).toThrow(ReportError);
  });
});
