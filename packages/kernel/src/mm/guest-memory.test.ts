import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { boot, stopped, type TestMachine } from "../../test/machine.ts";
import { addHalves, bytesToString, type GuestMemory, join, sizeOf } from "./guest-memory.ts";

const PAGE = 4096;
let test16: TestMachine;
let memory: GuestMemory;
/** Four consecutive pages over scattered frames, followed by an unmapped page. */
let base: bigint;
beforeEach(() => {
  test16 = boot();
  memory = test16.machine.guestMemory;
  base = test16.call("vmalloc_noprof", BigInt(4 * PAGE));
});
const halves = (address: bigint): [low: number, high: number] => [
  Number(BigInt.asIntN(32, address)),
  Number(BigInt.asIntN(32, address >> 32n)),
];

test("halves make addresses and sizes", () => {
  expect(join(-1, -1)).toBe(2n ** 64n - 1n);
  expect(sizeOf(-1, 1)).toBe(2 ** 33 - 1);
  expect(addHalves(-1, 5, 2)).toEqual([1, 6]);
  expect(addHalves(-1, -1, 1)).toEqual([0, 0]);
  expect(bytesToString(Uint8Array.of(0x4b, 0xff))).toBe("K\xff");
});

test("bytes and words across pages", () => {
  memory.write(base + 4094n, Uint8Array.of(1, 2, 3, 4));
  expect([...memory.read(base + 4094n, 4)]).toEqual([1, 2, 3, 4]);
  expect(memory.read32(...halves(base + 4094n))).toBe(0x04030201);
  memory.write32(...halves(base + 8190n), 0xfefdfcfb);
  expect([...memory.read(base + 8190n, 4)]).toEqual([0xfb, 0xfc, 0xfd, 0xfe]);
  expect(memory.readByte(...halves(base + 8193n))).toBe(0xfe);
});

test("strings end at NUL or at the limit, also across pages; odd bytes are kept or shown", () => {
  memory.write(base + 4090n, new TextEncoder().encode("kernel address\0x"));
  expect(memory.string(base + 4090n)).toBe("kernel address");
  expect(memory.string(base + 4090n, 6)).toBe("kernel");
  expect(memory.string(base + 4090n, 0)).toBe("");
  memory.write(base + 4094n, Uint8Array.of(0xff, 0xc3, 0xa9, 0));
  expect(memory.string(base + 4094n)).toBe("\ufffdé");
  expect(memory.byteString(base + 4094n, 9)).toBe("\xff\xc3\xa9");
  memory.fill(...halves(base), 0x41, 4 * PAGE);
  expect(memory.string(base + BigInt(4 * PAGE - 5), 5)).toBe("AAAAA");
  expect(stopped(() => memory.string(base, 4 * PAGE + 1))).toBe("oops");
});

test("copies of any overlap and alignment are memmove's", () => {
  const at = fc.integer({ min: 0, max: 3 * PAGE - 200 });
  const size = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: PAGE + 200 }));
  const content = Uint8Array.from({ length: 4 * PAGE }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
  fc.assert(
    fc.property(at, fc.oneof(at, fc.integer({ min: -100, max: 100 })), size, (from, second, count) => {
      const to = Math.min(Math.max(0, second < 200 ? from + second : second), 3 * PAGE - 200);
      memory.write(base, content);
      memory.copy(...halves(base + BigInt(to)), ...halves(base + BigInt(from)), count);
      const expected = content.slice().copyWithin(to, from, from + count);
      expect(memory.read(base, 4 * PAGE)).toEqual(expected);
    }),
  );
});

test("fills of any size", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4 * PAGE }), fc.integer({ min: 0, max: 4 * PAGE }), (from, to) => {
      const [start, end] = [Math.min(from, to), Math.max(from, to)];
      memory.fill(...halves(base), 0, 4 * PAGE);
      memory.fill(...halves(base + BigInt(start)), 0x1aa, end - start);
      expect(memory.read(base, 4 * PAGE)).toEqual(new Uint8Array(4 * PAGE).fill(0xaa, start, end));
    }),
    { numRuns: 30 },
  );
});

test("wild pointers end the guest with an oops, wherever they point", () => {
  const wild = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.constantFrom(0n, 2n ** 64n - 1n, 2n ** 64n - 4n, 2n ** 63n, 2n ** 47n - 1n, 2n ** 47n, 0xffffc8ffffffffffn),
  );
  fc.assert(
    fc.property(wild, (address) => {
      const [low, high] = halves(address);
      const accesses = [
        () => memory.read(address, 8),
        () => memory.write(address, new Uint8Array(8)),
        () => memory.string(address),
        () => memory.byteString(address, 100),
        () => memory.readByte(low, high),
        () => memory.read32(low, high),
        () => memory.write32(low, high, 0),
        () => memory.fill(low, high, 0, 2 ** 63),
        () => memory.copy(low, high, ...halves(base), 2 ** 63),
        () => memory.copy(...halves(base), low, high, 2 ** 63),
      ];
      if (test16.machine.space.lookup(Number(address >> 12n)) >= 0) return;
      for (const access of accesses) expect(stopped(access)).toBe("oops");
    }),
  );
});

test("a copy of a wild size comes to an end, whichever way it overlaps", () => {
  const { machine } = test16;
  const count = sizeOf(0x0051a43a, 0xffff8880);
  expect(stopped(() => machine.guestMemory.copy(0x20, 0, 0, 0, count))).toBe("oops");
  expect(stopped(() => machine.guestMemory.copy(...halves(base + 8n), ...halves(base), 2 ** 60))).toBe("oops");
});

test("the end of the address space is followed by its beginning", () => {
  expect(stopped(() => memory.read(2n ** 64n, 1))).toBe("oops");
  expect(stopped(() => memory.read(2n ** 64n - 2n, 8))).toBe("oops");
});

test("filling all memory, page tables included, ends the guest and not the machine", () => {
  for (const value of [0, 0xff, 0x41]) {
    const { machine, log } = boot();
    const [low, high] = halves(machine.architecture.layout.pageOffset);
    expect(stopped(() => machine.guestMemory.fill(low, high, value, 2 ** 40))).toBe("oops");
    expect(log.length).toBeGreaterThan(0);
  }
});
