import { expect, test } from "vitest";
import { kindOf } from "./kind.ts";

const HEAD = "From: a@b.c\nDate: Thu, 1 Jan 1970 00:00:00 +0000\nSubject: x\n y\n";
const SEPARATOR = "From mboxrd@z Thu Jan  1 00:00:00 1970\n";

test.each([
  ["mail", `${HEAD}\ntext\n`],
  ["mail", `${HEAD.replaceAll("\n", "\r\n")}\r\ntext\r\n`],
  ["mailbox", `${SEPARATOR}${HEAD}\ntext\n`],
  ["log", ""],
  ["log", "\n"],
  ["log", `before\n${SEPARATOR}${HEAD}\n`],
  ["log", "From the console of a machine\n[    1.0] BUG: KASAN: x in f\n"],
  ["log", "From the console of a machine: 12:00:00 1970\n\nBUG: KASAN: x in f\n"],
  ["log", "BUG: KASAN: slab-out-of-bounds in f+0x1/0x2\nRead of size 1 at addr 0 by task a/1\n\nCPU: 0\n"],
  ["log", "kernel: one\nkernel: two\n\n"],
  ["log", `Subject: x\nTo: me\n\nBUG: KASAN: x in f\n`],
  ["log", ` continued\n${HEAD}\n`],
  ["log", `kernel: ${"x".repeat(70_000)}`],
])("%s: %j", (kind, text) => {
  const bytes = Buffer.from(text);
  expect(kindOf(bytes, true)).toBe(kind);
  // It does not matter in what pieces it comes, and it is known before it ends: but for what is a beginning of both.
  const known = Array.from({ length: Math.min(bytes.length, 300) }, (_, i) => kindOf(bytes.subarray(0, i), false));
  for (const early of known) expect([undefined, kind]).toContain(early);
});

test("a log that goes on is known by its first line", () => {
  expect(kindOf(Buffer.from("[    0.000000] Linux version 6.12\n"), false)).toBe("log");
  expect(kindOf(Buffer.from("<6>[    0.0"), false)).toBe("log");
});
