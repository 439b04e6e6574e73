import { expect, test } from "vitest";
import { toy } from "../test/toy.ts";
import { AddressSpace } from "./address-space.ts";
import { type Architecture, PageFlags } from "./architecture.ts";
import { Access } from "./fault.ts";
import { FramePool } from "./frames.ts";
import { PhysicalMemory } from "./memory.ts";
import { tableIndex, WalkResult, walkFor } from "./walk.ts";

test("indexes are the address's bits", () => {
  for (const vpn of [0, 1, 0xfffff_ffff_ffff, 0xabcde_f012_3456, 0x80000_0000_0001, 2 ** 32 - 1, 2 ** 32]) {
    for (let shift = 12; shift <= 58; shift++) {
      const expected = Number((BigInt(vpn) >> BigInt(shift - 12)) & 0x1ffn);
      expect(tableIndex(vpn >>> 0, vpn / 2 ** 32, shift, 9)).toBe(expected);
    }
  }
});

test("an entry that another CPU changes during a walk is not overwritten with old bits", () => {
  const memory = PhysicalMemory.allocate(64 * 8192);
  const architecture = toy();
  let meddle = () => {};
  const racing: Architecture = {
    ...architecture,
    check(flags, access) {
      meddle();
      return architecture.check(flags, access);
    },
  };
  const space = new AddressSpace({ architecture: racing, memory, frames: new FramePool(memory, 0, 2 ** 18, 8192) });
  space.mapPage(0, 4, PageFlags.READ | PageFlags.WRITE).ignore("new");
  const found = new WalkResult();

  meddle = () => {
    meddle = () => {};
    space.replacePage(0, 6, PageFlags.READ | PageFlags.WRITE);
    space.pending.ignore("no TLB");
  };
  const other = { architecture: racing, memory, roots: space.roots };
  expect(walkFor(other, 0, Access.WRITE, found)).toBe(true);
  expect(space.lookup(0)).toBe(6);
  expect(space.walk(0).flags & PageFlags.DIRTY).toBe(PageFlags.DIRTY);

  meddle = () => {
    meddle = () => {};
    space.unmapPage(0);
    space.pending.ignore("no TLB");
  };
  space.protect(0n, 8192, 0, PageFlags.DIRTY).ignore("no TLB");
  expect(walkFor(other, 0, Access.WRITE, found)).toBe(false);
  expect(found.reason).toBe("not-present");
  expect(space.lookup(0)).toBe(-1);
});
