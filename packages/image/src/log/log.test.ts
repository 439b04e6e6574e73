import { describe, expect, test } from "vitest";
import { flatMemory } from "../../test/flat-memory.ts";
import { VmcoreInfo } from "../vmcoreinfo.ts";
import { logText } from "./log-record.ts";
import { readLog } from "./read-log.ts";

/** A log of a kernel before 5.10: variables at 0x10000, then the buffer of 256 bytes. */
function oldLog(
  records: readonly (readonly [at: number, time: bigint, level: number, text: string])[],
  first: number,
  next: number,
) {
  const bytes = new Uint8Array(8192);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, 0x11000n, true);
  view.setUint32(8, 256, true);
  view.setUint32(12, first, true);
  view.setUint32(16, next, true);
  for (const [at, time, level, text] of records) {
    const start = 4096 + at;
    view.setBigUint64(start, time, true);
    view.setUint16(start + 8, Math.ceil((16 + text.length) / 8) * 8, true);
    view.setUint16(start + 10, text.length, true);
    view.setUint8(start + 15, level << 5);
    bytes.set(new TextEncoder().encode(text), start + 16);
  }
  return flatMemory(0x10000, bytes);
}

const OLD = new VmcoreInfo(
  [
    "SYMBOL(log_buf)=10000",
    "SYMBOL(log_buf_len)=10008",
    "SYMBOL(log_first_idx)=1000c",
    "SYMBOL(log_next_idx)=10010",
    "SIZE(printk_log)=16",
    "OFFSET(printk_log.ts_nsec)=0",
    "OFFSET(printk_log.len)=8",
    "OFFSET(printk_log.text_len)=10",
  ].join("\n"),
);

describe("the log of a kernel before 5.10", () => {
  test("is read from its first record to its last", () => {
    const memory = oldLog(
      [
        [0, 1_500_000_000n, 6, "one"],
        [24, 2_000_001_000n, 3, "two\nlines"],
      ],
      0,
      56,
    );
    const { records, warnings } = readLog(memory, OLD);
    expect(warnings).toEqual([]);
    expect(Array.from(logText(records))).toEqual([
      "[    1.500000] one\n",
      "[    2.000001] two\n",
      "[    2.000001] lines\n",
    ]);
    expect(records.map(({ level, sequence, caller }) => [level, sequence, caller])).toEqual([
      [6, -1, undefined],
      [3, -1, undefined],
    ]);
  });

  test("goes on at the start of its buffer", () => {
    // A record of length 0 says so.
    const memory = oldLog(
      [
        [200, 1n, 6, "last"],
        [0, 2n, 6, "first"],
      ],
      200,
      24,
    );
    expect(readLog(memory, OLD).records.map(({ text }) => text)).toEqual(["last", "first"]);
  });

  test("ends where it is damaged", () => {
    const memory = oldLog([[0, 1n, 6, "one"]], 0, 200);
    const { records, warnings } = readLog(memory, OLD);
    expect(records.map(({ text }) => text)).toEqual(["one"]);
    expect(warnings).toEqual(["the log is damaged after 1 records"]);
    expect(() => readLog(oldLog([], 300, 0), OLD)).toThrow("the kernel's log cannot be read: its sizes make no sense");
  });
});

test("what has no log says so", () => {
  const memory = flatMemory(0, new Uint8Array(4096));
  expect(() => readLog(memory, undefined)).toThrow(
    "the kernel's log cannot be found: the image has no VMCOREINFO, which names it",
  );
  expect(() => readLog(memory, new VmcoreInfo("OSRELEASE=6.1.0"))).toThrow("VMCOREINFO does not name it");
  expect(() => readLog(memory, new VmcoreInfo("SYMBOL(prb)=0"))).toThrow(
    "VMCOREINFO has no OFFSET(printk_ringbuffer.desc_ring)",
  );
  const elsewhere = new VmcoreInfo(
    "SYMBOL(prb)=99000\nOFFSET(printk_ringbuffer.desc_ring)=0\nOFFSET(printk_ringbuffer.text_data_ring)=8",
  );
  expect(() => readLog(memory, elsewhere)).toThrow(/^the kernel's log is not in the image \(nothing at 99000: /);
});
