import { expect, test } from "vitest";
import { MmuError } from "./error.ts";
import { FramePool } from "./frames.ts";
import { Arena, PhysicalMemory } from "./memory.ts";

const error = (code: string) => expect.objectContaining({ name: "MmuError", code });

test("all views are of one buffer, and RAM is its start", () => {
  const shared = new WebAssembly.Memory({ initial: 2, maximum: 2, shared: true });
  const memory = new PhysicalMemory(shared, 65536);
  memory.u32[1] = 0xfedcba98;
  expect([memory.u8[7], memory.u16[3], memory.i32[1]]).toEqual([0xfe, 0xfedc, 0xfedcba98 | 0]);
  expect(memory).toMatchObject({ size: 65536, bytes: 131072 });
  expect(new PhysicalMemory(shared).u32[1]).toBe(0xfedcba98);
});

test("sizes that cannot be are refused", () => {
  expect(() => PhysicalMemory.allocate(4095)).toThrow(error("BUFFER_SIZE"));
  expect(() => new PhysicalMemory({ buffer: new ArrayBuffer(4096) }, 8192)).toThrow(error("BUFFER_SIZE"));
  expect(() => new PhysicalMemory({ buffer: { byteLength: 2 ** 33 } as ArrayBuffer }, 4096)).toThrow(MmuError);
});

test("an arena hands out aligned regions behind RAM until it is full", () => {
  const arena = new Arena(PhysicalMemory.allocate(4096, 256));
  expect(arena.reserve(10)).toBe(4096);
  expect(arena.reserve(10, { align: 64 })).toBe(4160);
  expect(arena.free).toBe(182);
  expect(() => arena.reserve(200)).toThrow(error("ARENA_FULL"));
  expect(arena.reserve(176, { align: 1 })).toBe(4170);
  expect(() => arena.reserve(200)).toThrow("0 left");
});

test("a pool gives zeroed frames, freed ones first, and -1 when none is left", () => {
  const memory = PhysicalMemory.allocate(5 * 4096);
  memory.u8.fill(0xff);
  const pool = new FramePool(memory, 1, 4 * 4096);
  expect([pool.allocate(), pool.allocate()]).toEqual([4096, 8192]);
  expect(memory.u8.subarray(4096, 12288).every((byte) => byte === 0)).toBe(true);
  memory.u8[4096] = 1;
  pool.free(4096);
  expect(pool.used).toBe(1);
  expect(pool.allocate()).toBe(4096);
  expect(memory.u8[4096]).toBe(0);
  expect([pool.allocate(), pool.allocate()]).toEqual([12288, -1]);
});
