import { expect, test } from "vitest";
import { encodeLog, formatLog, type LogItem, LogParser } from "../src/index.ts";

const MIB = 1024 * 1024;
const REPORT = [
  "[    1.000001] BUG: KASAN: slab-out-of-bounds in f+0x1/0x2",
  "[    1.000002] Read of size 1 at addr ffff888000000000 by task t/1",
  "[    1.000003] ",
  "[    1.000004] CPU: 0 UID: 0 PID: 1 Comm: t Not tainted 6.12.0 #1",
  "[    1.000005] Call Trace:",
  "[    1.000006]  f+0x1/0x2",
  "[    1.000007] ==================================================================",
  "",
].join("\n");

/** Reads a log in pieces. */
function read(log: string, size: number) {
  const items: LogItem[] = [];
  const parser = new LogParser((item) => items.push(item));
  for (let at = 0; at < log.length; at += size) parser.push(log.slice(at, at + size));
  parser.end();
  return { text: formatLog(items), reports: items.filter(({ kind }) => kind === "report").length };
}

const WORDS = [
  "KASAN",
  "KASan: ",
  "general protection fault",
  "BUG: KASAN: use-after-free in ",
  "KASAN: null-ptr-deref in range [0x0-0x7]",
];
const sizes = [65536, MIB - 1, MIB, 5 * MIB];

test.each(WORDS.flatMap((word) => sizes.map((size) => [word, size] as const)))(
  "a line of megabytes with %j, in pieces of %i, ends, and nothing is lost",
  (word, size) => {
    for (const length of [MIB, 2 * MIB + 17]) {
      const line = `${"x".repeat(1000)}${word}`.repeat(Math.ceil(length / (1000 + word.length))).slice(0, length);
      for (const log of [line, `${line}\n${REPORT}`, `${REPORT}${line}`, `${REPORT}${line}\n${REPORT}`]) {
        const { text, reports } = read(log, size);
        expect(text === log).toBe(true);
        if (log.endsWith(REPORT)) expect(reports).toBeGreaterThan(0);
      }
    }
  },
);

test("UTF-16 comes back byte for byte, with and without a mark, with an odd byte at its end", () => {
  const text = `${REPORT}\u00e4\ud83d\ude00`;
  for (const [mark, little] of [
    ["\ufeff", true],
    ["\ufeff", false],
    ["", true],
    ["", false],
  ] as const) {
    for (const odd of [[], [0x41], [0xff]]) {
      const units = new Uint16Array(
        [...`${mark}${text}`]
          .join("")
          .split("")
          .map((c) => c.charCodeAt(0)),
      );
      const bytes = new Uint8Array(units.length * 2);
      const view = new DataView(bytes.buffer);
      units.forEach((unit, i) => void view.setUint16(2 * i, unit, little));
      const log = Uint8Array.from([...bytes, ...odd]);
      for (const size of [1, 3, 1000]) {
        const items: LogItem[] = [];
        const parser = new LogParser((item) => items.push(item));
        for (let at = 0; at < log.length; at += size) parser.push(log.subarray(at, at + size));
        parser.end();
        expect(encodeLog(formatLog(items))).toEqual(log);
        expect(items.filter(({ kind }) => kind === "report")).toHaveLength(1);
      }
    }
  }
});
