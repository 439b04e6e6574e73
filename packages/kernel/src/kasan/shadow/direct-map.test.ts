import { PhysicalMemory } from "@kasan/mmu";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DirectShadow } from "./direct-map.ts";

test("poison and unpoison do what a byte-by-byte model does", () => {
  const memory = PhysicalMemory.allocate(16384);
  const shadow = new DirectShadow(memory, 8192);
  const model = new Uint8Array(1024);
  fc.assert(
    fc.property(fc.nat(511), fc.integer({ min: 0, max: 4096 }), fc.boolean(), (granule, size, unpoison) => {
      if (unpoison) {
        shadow.unpoison(granule * 8, size);
        for (let at = 0; at < size; at += 8) model[granule + at / 8] = at + 8 <= size ? 0 : size - at;
      } else {
        const whole = Math.floor(size / 8) * 8;
        shadow.poison(granule * 8, whole, 0xfc);
        model.fill(0xfc, granule, granule + whole / 8);
      }
      expect(memory.u8.subarray(8192, 9216)).toEqual(model);
      expect(shadow.byteAt(granule * 8 + 7)).toBe(model[granule]);
    }),
  );
  shadow.fill(10, 1, 5);
  expect(memory.u8[8202]).toBe(5);
});
