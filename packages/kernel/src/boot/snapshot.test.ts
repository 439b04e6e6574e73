import { x86_64 } from "@kasan/arch-x86";
import { describe, expect, it } from "vitest";
import { Gfp } from "../mm/gfp.ts";
import { Machine } from "./machine.ts";
import { Snapshot } from "./snapshot.ts";

const machine = (snapshot?: boolean) =>
  new Machine({
    architecture: x86_64({ levels: 4 }),
    memoryBytes: 16 * 2 ** 20,
    mode: "generic",
    seed: 1,
    multiShot: true,
    panicOnWarn: false,
    version: "6.12.0",
    ...(snapshot && { snapshot }),
    log: () => {},
  });

describe("a snapshot", () => {
  it("needs room, which a machine has if its options say so; statistics do not count it", () => {
    expect(() => new Snapshot(machine())).toThrow(
      "no room for a snapshot; build the machine with the option `snapshot`",
    );
    expect(machine(true).statistics()).toEqual(machine().statistics());
  });

  it("is set back by what was written", () => {
    const one = machine(true);
    const snapshot = new Snapshot(one);
    const by = one.symbols.returnWords("someone");
    snapshot.restore();
    const first = one.slab.kmalloc(100, Gfp.KERNEL, by);
    expect(snapshot.holds).toBe(false);
    expect(snapshot.restore()).toBeLessThan(100);
    expect(snapshot.difference).toBeUndefined();
    expect(one.slab.kmalloc(100, Gfp.KERNEL, by)).toBe(first);
  });

  it("tells where a machine differs from it that wrote without a note", () => {
    const one = machine(true);
    const snapshot = new Snapshot(one);
    one.ram.u32[0x123456 >>> 2] ^= 1;
    snapshot.restore();
    expect(snapshot.difference).toBe(0x123454);
  });

  it("may keep what its CPU's TLBs have", () => {
    const one = machine(true);
    const snapshot = new Snapshot(one);
    const object = one.directMap.pointer(one.slab.kmalloc(100, Gfp.KERNEL, one.symbols.returnWords("someone")), 0xff);
    one.mmu.write(object, Uint8Array.of(1));
    const { misses } = one.tlbs.cpu(0);
    snapshot.keepTlb();
    const kept = one.tlbs.cpu(0).misses;
    one.mmu.write(object, Uint8Array.of(2));
    expect(one.tlbs.cpu(0).misses).toBe(kept);
    expect(misses).toBeGreaterThan(0);
    snapshot.restore();
    expect(snapshot.holds).toBe(true);
  });
});
