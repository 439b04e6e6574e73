import { KASAN_VMALLOC_INVALID } from "@kasan/shadow";
import { expect, test } from "vitest";
import { ToyMachine } from "../contract/toy-machine.ts";
import { LazyShadow } from "./lazy.ts";

test("eight pages share a page of shadow, which is poisoned before it can be seen", () => {
  const machine = new ToyMachine();
  const scheme = new LazyShadow(machine.shadow);
  scheme.populate(16, 8);
  expect(machine.frames.size).toBe(1);
  expect(machine.shadowByte(23, 4095)).toBe(KASAN_VMALLOC_INVALID);
  scheme.populate(23, 2);
  expect(machine.frames.size).toBe(2);
  expect(machine.shadowByte(15, 0)).toBe(-1);
});

test("freeing keeps shadow mapped; the purge frees the pages that lie wholly under the free range", () => {
  const machine = new ToyMachine();
  const scheme = new LazyShadow(machine.shadow);
  // Shadow pages A … D cover pages 16-23, 24-31, 32-39, 40-47.
  scheme.populate(20, 24);
  scheme.poison(20, 23);
  expect(machine.frames.size).toBe(4);
  scheme.release(20, 24, 20, 24);
  expect([...machine.mapped.keys()]).toEqual([2 ** 40 + 2, 2 ** 40 + 5]);
  expect(machine.flushes).toEqual([{ vpn: 2 ** 40 + 3, pages: 2 }]);
  // Now A's other half is free as well.
  scheme.release(16, 4, 16, 28);
  expect([...machine.mapped.keys()]).toEqual([2 ** 40 + 5]);
});

test("nothing to free, nothing to flush", () => {
  const machine = new ToyMachine();
  const scheme = new LazyShadow(machine.shadow);
  scheme.release(16, 8, 16, 8);
  scheme.populate(16, 4);
  scheme.release(16, 4, 16, 4);
  expect(machine.flushes).toEqual([]);
  expect(machine.frames.size).toBe(1);
});
