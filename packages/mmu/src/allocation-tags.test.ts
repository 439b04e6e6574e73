import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toy } from "../test/toy.ts";
import { Mmu } from "./access.ts";
import { AddressSpace } from "./address-space.ts";
import { AllocationTags } from "./allocation-tags.ts";
import { MEMORY_TYPE_SHIFT, MemoryType, PageFlags } from "./architecture.ts";
import { Access } from "./fault.ts";
import { FramePool } from "./frames.ts";
import { Arena, PhysicalMemory } from "./memory.ts";
import { CPU_TLB_BYTES, TlbKind, Tlbs } from "./tlb.ts";

const RAM = 16 * 4096;
const make = () => {
  const memory = PhysicalMemory.allocate(RAM, AllocationTags.bytes(RAM) + 128);
  return { memory, tags: AllocationTags.reserve(memory, new Arena(memory), true) };
};

describe("tag storage", () => {
  test("agrees with an array of nibbles, whatever is set, and leaves RAM and what lies behind alone", () => {
    const range = { at: fc.integer({ min: 0, max: RAM - 1 }), bytes: fc.integer({ min: 0, max: 6000 }) };
    const set = fc.record({ ...range, tag: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.array(set, { maxLength: 30 }), fc.record(range), (sets, { at, bytes }) => {
        const { memory, tags } = make();
        const model = new Array<number>(RAM / 16).fill(0);
        for (const one of sets) {
          tags.set(one.at, one.bytes, one.tag);
          for (let byte = one.at; byte < Math.min(one.at + one.bytes, RAM); byte++) model[byte >> 4] = one.tag & 15;
        }
        for (let granule = 0; granule < model.length; granule++) {
          expect(tags.get(granule * 16 + (granule % 16))).toBe(0xf0 | model[granule]!);
        }
        const end = Math.min(at + Math.max(bytes, 1), RAM);
        const tag = model[at >> 4]!;
        let first = -1;
        for (let byte = at; byte < end && first < 0; byte++) if (model[byte >> 4] !== tag) first = byte - at;
        expect(tags.firstMismatch(at, end - at, tag)).toBe(first);
        expect(tags.firstMismatch(at, end - at, (tag + 1) & 15)).toBe(0);
        expect(memory.u8.subarray(0, RAM).every((byte) => byte === 0)).toBe(true);
        expect(memory.u8.subarray(tags.base + RAM / 16).every((byte) => byte === 0)).toBe(true);
      }),
    );
  });

  test("the top byte of a TLB entry is that of pointers that need no comparison", () => {
    const memory = PhysicalMemory.allocate(64 * 8192, CPU_TLB_BYTES + 64);
    const tlbs = Tlbs.create(memory, new Arena(memory), 1, 8);
    const architecture = { ...toy(), ignoredTopBits: 8 };
    const space = new AddressSpace({ architecture, memory, frames: new FramePool(memory, 0, 32 * 8192, 8192), tlbs });
    const flags = PageFlags.KERNEL | (MemoryType.TAGGED << MEMORY_TYPE_SHIFT);
    const base = 0xffff_ffff_8000_0000n;
    // The toy architecture has no memory types and rejects them, so a stand-in encodes the flags.
    const typed = { ...architecture, flags: () => flags };
    Object.assign(space, { architecture: typed });
    space.map(base, 41 * 8192, 8192, PageFlags.KERNEL).ignore("new");
    let active = true;
    const checks = {
      get active() {
        return active;
      },
    };
    const mmu = new Mmu(space, tlbs.cpu(0), checks);
    const vpn = Number(base >> 12n);
    const tagged = vpn - (0xff - 0xf3) * 2 ** 44;
    const hits = (page: number) => tlbs.cpu(0).lookup(TlbKind.DATA, page, false) >= 0;
    expect(mmu.translate(tagged, Access.READ)).toBe(41 * 8192);
    expect([hits(vpn), hits(tagged)]).toEqual([true, false]);
    expect(mmu.admit(tagged, Access.READ)).toBe(false);
    active = false;
    expect(mmu.admit(tagged, Access.READ)).toBe(true);
    expect([hits(vpn), hits(tagged)]).toEqual([false, true]);
    // A flush covers all spellings of an address.
    tlbs.cpu(0).flushPage(vpn);
    expect([hits(vpn), hits(tagged)]).toEqual([false, false]);
  });
});
