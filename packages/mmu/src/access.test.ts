import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { toy } from "../test/toy.ts";
import { Mmu } from "./access.ts";
import { AddressSpace } from "./address-space.ts";
import { PageFlags } from "./architecture.ts";
import { Access } from "./fault.ts";
import { FramePool } from "./frames.ts";
import { Arena, PhysicalMemory } from "./memory.ts";
import { CPU_TLB_BYTES, TlbKind, Tlbs } from "./tlb.ts";

const { READ, WRITE, USER, ACCESSED, DIRTY, KERNEL, KERNEL_RO } = PageFlags;
const PAGE = 8192;
const BASE = 0xffff_ffff_8000_0000n;
const VPN = Number(BASE >> 12n);

let memory: PhysicalMemory;
let space: AddressSpace;
let mmu: Mmu;
/** Two pages in reverse order, a gap, a read-only page, a page of no RAM. */
beforeEach(() => {
  memory = PhysicalMemory.allocate(64 * PAGE, CPU_TLB_BYTES + 64);
  const tlbs = Tlbs.create(memory, new Arena(memory), 1, 8);
  space = new AddressSpace({ architecture: toy(), memory, frames: new FramePool(memory, 0, 32 * PAGE, PAGE), tlbs });
  space.map(BASE, 41 * PAGE, PAGE, KERNEL).ignore("new");
  space.map(BASE + 8192n, 40 * PAGE, PAGE, KERNEL).ignore("new");
  space.map(BASE + 24576n, 42 * PAGE, PAGE, KERNEL_RO).ignore("new");
  space.map(BASE + 32768n, 2 ** 30, PAGE, KERNEL).ignore("new");
  mmu = new Mmu(space, tlbs.cpu(0));
});

test("accesses of all sizes, anywhere, agree with bytes", () => {
  const write = fc.record({
    at: fc.oneof(
      fc.integer({ min: 0, max: 16000 }),
      fc.integer({ min: 4090, max: 4099 }),
      fc.integer({ min: 8185, max: 8195 }),
    ),
    size: fc.constantFrom(8, 16, 32),
    value: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  });
  fc.assert(
    fc.property(fc.array(write, { maxLength: 30 }), (writes) => {
      const model = Buffer.from(mmu.read(BASE, 2 * PAGE));
      for (const { at, size, value } of writes) {
        const [vpn, offset] = [VPN + (at >>> 12), at & 4095];
        if (size === 8) expect(mmu.write8(vpn, offset, value)).toBe(true);
        if (size === 16) expect(mmu.write16(vpn, offset, value)).toBe(true);
        if (size === 32) expect(mmu.write32(vpn, offset, value)).toBe(true);
        model.writeUIntLE(size === 32 ? value : value & (2 ** size - 1), at, size / 8);
        expect(mmu.read8(vpn, offset)).toBe(model.readUInt8(at));
        expect(mmu.read16(vpn, offset)).toBe(model.readUInt16LE(at));
        expect(mmu.read32(vpn, offset)).toBe(model.readUInt32LE(at));
      }
      expect(Buffer.from(mmu.read(BASE, 2 * PAGE)).equals(model)).toBe(true);
    }),
  );
});

test("pages lie where they are mapped", () => {
  mmu.write(BASE + 8190n, Uint8Array.of(1, 2, 3, 4));
  expect([...memory.u8.subarray(42 * PAGE - 2, 42 * PAGE)]).toEqual([1, 2]);
  expect([...memory.u8.subarray(40 * PAGE, 40 * PAGE + 2)]).toEqual([3, 4]);
});

test("faults are data, with the address of the first byte that could not be accessed", () => {
  expect(mmu.read8(VPN + 4, 17)).toBe(-1);
  expect(mmu.fault).toMatchObject({
    reason: "not-present",
    access: Access.READ,
    address: BASE + 16401n,
    level: 2,
    entry: 0n,
  });
  expect(String(mmu.fault)).toBe("read of ffffffff80004011: not-present (level 2 entry 0x0)");
  expect(mmu.write32(VPN + 6, 0, 1)).toBe(false);
  expect(mmu.fault).toMatchObject({ reason: "protection", access: Access.WRITE });
  expect(mmu.read8(VPN + 8, 0)).toBe(-1);
  expect(mmu.fault.reason).toBe("bus");
  expect(mmu.read8(2 ** 30, 0)).toBe(-1);
  expect(mmu.fault).toMatchObject({ reason: "non-canonical", level: -1, entry: 0n });
  expect(mmu.translate(VPN, Access.EXECUTE)).toBe(-1);
  expect(String(mmu.fault)).toMatch(/^instruction fetch of ffffffff80000000: protection/);
  expect(mmu.translate(VPN, Access.READ | Access.USER)).toBe(-1);
  expect(String(mmu.fault)).toMatch(/^user read/);
  const kept = mmu.fault.copy();
  mmu.read8(VPN + 4, 0);
  expect(kept.reason).toBe("protection");
});

test("a write that cannot be finished writes nothing; a copy stops at the page that faults", () => {
  expect(mmu.write32(VPN + 3, 4094, 0xffffffff)).toBe(false);
  expect(mmu.fault.address).toBe(BASE + 16384n);
  expect(mmu.write16(VPN + 3, 4095, 0xffff)).toBe(false);
  expect(mmu.read16(VPN + 3, 4094)).toBe(0);
  expect(mmu.read16(VPN + 3, 4095)).toBe(-1);
  expect(mmu.read32(VPN + 3, 4094)).toBe(-1);
  expect(mmu.copyIn(VPN + 3, 4000, new Uint8Array(200))).toBe(96);
  expect(mmu.copyOut(VPN + 3, 4000, new Uint8Array(200))).toBe(96);
  expect(() => mmu.read(BASE + 16000n, 1000)).toThrow(/read of ffffffff80004000: not-present/);
  expect(() => mmu.write(BASE + 24576n, new Uint8Array(1))).toThrow(expect.objectContaining({ code: "FAULT" }));
  expect(() => mmu.read(2n ** 64n - 1n, 2)).toThrow(/not-present/);
});

test("a read-only page loads from the TLB, and its stores fault every time", () => {
  expect(mmu.read8(VPN + 6, 0)).toBe(0);
  expect(mmu.tlb.lookup(TlbKind.DATA, VPN + 6, false)).toBe(42 * PAGE);
  expect(mmu.write8(VPN + 6, 0, 1)).toBe(false);
  space.protect(BASE + 24576n, PAGE, DIRTY, DIRTY).flush();
  expect(mmu.read8(VPN + 6, 0)).toBe(0);
  expect(mmu.write8(VPN + 6, 0, 1), "dirty, from when it was writable").toBe(false);
});

test("only kernel data accesses fill a TLB, and only the one asked for", () => {
  space.protect(BASE, PAGE, READ | WRITE | USER | PageFlags.EXEC).flush();
  expect(mmu.translate(VPN, Access.EXECUTE)).toBe(41 * PAGE);
  expect(mmu.tlb.misses).toBe(0);
  expect(mmu.translate(VPN, Access.READ, TlbKind.SHADOW)).toBe(41 * PAGE);
  expect(mmu.tlb.lookup(TlbKind.DATA, VPN, false)).toBe(-1);
  expect(mmu.tlb.lookup(TlbKind.SHADOW, VPN, false)).toBe(41 * PAGE);
  expect(mmu.tlb.misses).toBe(1);
});

test("addresses that differ in ignored bits are the same memory", () => {
  mmu.write8(VPN, 3, 99);
  const tagged = VPN - 0xff * 2 ** 44 + 0xab * 2 ** 44;
  expect(mmu.read8(tagged, 3)).toBe(99);
  space.unmapPage(VPN);
  space.pending.flush();
  expect(mmu.read8(tagged, 3)).toBe(-1);
});

test("an access flag that software must set is a fault of its own", () => {
  const frames = new FramePool(memory, 0, 32 * PAGE, PAGE);
  const soft = new AddressSpace({ architecture: toy({ softwareAccessed: true }), memory, frames });
  soft.mapPage(VPN, 80, READ | WRITE).ignore("new");
  const cpu = new Mmu(soft, mmu.tlb);
  expect(cpu.read8(VPN, 0)).toBe(-1);
  expect(cpu.fault.reason).toBe("access-flag");
  soft.protect(BASE, PAGE, ACCESSED, ACCESSED).flush();
  expect(cpu.read8(VPN, 0)).toBe(0);
  expect(soft.walk(VPN).flags & DIRTY).toBe(0);
});
