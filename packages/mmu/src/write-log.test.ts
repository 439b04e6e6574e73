import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PhysicalMemory, WriteLog } from "./index.ts";

const drained = (log: WriteLog) => {
  const runs: [number, number][] = [];
  log.drain((offset, bytes) => runs.push([offset, bytes]));
  return runs;
};

describe("a log of writes", () => {
  it("tells whole pieces, each once, neighbours together, and is empty then", () => {
    const log = new WriteLog(1 << 16);
    log.add(300, 1);
    log.add(511, 2);
    log.add(300, 8);
    log.add(0x8000, 0x1000);
    expect(log.size).toBe(18);
    expect(drained(log)).toEqual([
      [256, 512],
      [0x8000, 0x1000],
    ]);
    expect([log.size, drained(log)]).toEqual([0, []]);
  });

  it("covers every byte that a memory fills, copies or stores in an entry", () => {
    const writes = fc.array(fc.tuple(fc.nat(2), fc.nat(8191), fc.nat(2000)), { maxLength: 20 });
    fc.assert(
      fc.property(writes, (list) => {
        const memory = PhysicalMemory.allocate(16384);
        memory.u8.forEach((_, i) => {
          memory.u8[i] = i % 251;
        });
        const before = memory.u8.slice();
        memory.writes = new WriteLog(memory.size);
        for (const [how, at, bytes] of list) {
          if (how === 0) memory.fill(0xaa, at, at + bytes);
          else if (how === 1) memory.copy(at, 16384 - bytes, bytes);
          else memory.storeEntry(at & ~7, bytes, at);
        }
        for (const [offset, bytes] of drained(memory.writes)) {
          memory.u8.set(before.subarray(offset, offset + bytes), offset);
        }
        expect(memory.u8).toEqual(before);
      }),
    );
  });
});
