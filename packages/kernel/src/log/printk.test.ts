import { beforeEach, expect, test } from "vitest";
import { formatLogLine, type LogLine, Printk } from "./printk.ts";

let lines: LogLine[];
let now: number;
let printk: Printk;
beforeEach(() => {
  lines = [];
  now = 0;
  printk = new Printk(
    (line) => lines.push(line),
    () => now,
  );
});
const printed = () => lines.map(({ level, text }) => `${level} ${text}`);

test("a line has the level that it begins with, or 4", () => {
  printk.print("\x013BUG\n");
  printk.print("plain\n");
  printk.print("\x016\x013two\n");
  expect(printed()).toEqual(["3 BUG", "4 plain", "6 two"]);
});

test("a line comes out when its newline does, or another begins", () => {
  printk.print("\x016a");
  expect(lines).toEqual([]);
  printk.print("\x01cb");
  printk.print("\x01cc\n");
  printk.print("open");
  printk.print("\x015next\n");
  printk.print("last");
  printk.flush();
  printk.flush();
  expect(printed()).toEqual(["6 abc", "4 open", "5 next", "4 last"]);
});

test("newlines inside and empty lines count; nothing prints nothing", () => {
  printk.print("\x014a\n\nb\nc");
  printk.print("");
  printk.print("\x01c");
  printk.line(2, "whole");
  expect(printed()).toEqual(["4 a", "4 ", "4 b", "4 c", "2 whole"]);
});

test("marks that are none stay", () => {
  printk.print("\x01");
  printk.print("\x01xy\n");
  expect(printed()).toEqual(["4 \x01", "4 \x01xy"]);
});

test("a line has the time of its beginning", () => {
  now = 1_234_567_890;
  printk.print("a");
  now = 99e9;
  printk.print("\x01cb\n");
  expect(lines.map(formatLogLine)).toEqual(["[    1.234567] ab"]);
  expect(formatLogLine({ level: 6, time: 123456e9 + 999_999, text: "" })).toBe("[123456.000999] ");
});

test("a long line is cut", () => {
  printk.print(`${"x".repeat(5000)}\n`);
  expect(lines[0].text.length).toBe(1024);
});
