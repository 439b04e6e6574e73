import { PhysicalMemory } from "@kasan/mmu";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readTrack, TRACK_BYTES, writeTrack } from "./track.ts";

test("what is written is read, time to 512 ns, and nothing beside it is touched", () => {
  const memory = PhysicalMemory.allocate(4096);
  const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  fc.assert(
    fc.property(
      u32,
      u32,
      fc.integer({ min: 0, max: 2 ** 20 - 1 }),
      fc.integer({ min: 0, max: 2 ** 52 }),
      (pid, stack, cpu, time) => {
        memory.u8.fill(0xee);
        writeTrack(memory, 64, pid, stack, cpu, time);
        expect(readTrack(memory, 64)).toEqual({ pid, stack, cpu, time: Math.floor(time / 512) * 512 });
        expect(memory.u32[15]).toBe(0xeeeeeeee);
        expect(memory.u32[16 + TRACK_BYTES / 4]).toBe(0xeeeeeeee);
      },
    ),
  );
});
