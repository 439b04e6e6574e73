import { resetTagOfVpn, vpnOf, withTag } from "@kasan/shadow";
import fc from "fast-check";
import { expect, test } from "vitest";
import { toy } from "../test/toy.ts";
import { Mmu } from "./access.ts";
import { AddressSpace } from "./address-space.ts";
import { AllocationTags } from "./allocation-tags.ts";
import { MEMORY_TYPE_SHIFT, MemoryType, PageFlags } from "./architecture.ts";
import { Access } from "./fault.ts";
import { FramePool } from "./frames.ts";
import { Arena, PhysicalMemory } from "./memory.ts";
import { CPU_TLB_BYTES, TlbKind, Tlbs } from "./tlb.ts";
import { UniformPages } from "./uniform-pages.ts";

const RAM = 64 * 8192;
const BASE = 0xffff_ffff_8000_0000n;
/** A second mapping of the same memory. */
const ALIAS = BASE + 0x10_0000n;
const FIRST = 40 * 8192;
/** In pages of 4096 bytes. */
const PAGES = 4;

function make() {
  const bytes = CPU_TLB_BYTES + AllocationTags.bytes(RAM) + UniformPages.bytes(RAM) + 256;
  const memory = PhysicalMemory.allocate(RAM, bytes);
  const arena = new Arena(memory);
  const tlbs = Tlbs.create(memory, arena, 1, 8);
  const tags = AllocationTags.reserve(memory, arena, true);
  const uniform = UniformPages.reserve(memory, arena, tags, tlbs.cpu(0));
  tags.uniform = uniform;
  const architecture = { ...toy(), ignoredTopBits: 8 };
  const space = new AddressSpace({ architecture, memory, frames: new FramePool(memory, 0, 32 * 8192, 8192), tlbs });
  // The toy has no memory types: it is asked through a stand-in.
  const flags = PageFlags.KERNEL | (MemoryType.TAGGED << MEMORY_TYPE_SHIFT);
  Object.assign(space, { architecture: { ...architecture, flags: () => flags } });
  for (const base of [BASE, ALIAS]) space.map(base, FIRST, PAGES * 4096, PageFlags.KERNEL).ignore("new");
  return { tags, tlb: tlbs.cpu(0), mmu: new Mmu(space, tlbs.cpu(0), { active: true, uniform }) };
}

const page = fc.integer({ min: 0, max: PAGES - 1 });
const tag = fc.integer({ min: 0xf0, max: 0xff });
const step = fc.oneof(
  fc.record({ access: page, tag, alias: fc.boolean() }),
  fc.record({
    at: fc.integer({ min: 0, max: PAGES * 4096 - 1 }),
    bytes: fc.constantFrom(1, 16, 40, 4096, 8192),
    tag,
  }),
  fc.record({ whole: page, tag }),
);

test("an entry with a tag is of a page that has it throughout, whatever changes, under whichever address", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { tags, tlb, mmu } = make();
      for (const one of steps) {
        if ("whole" in one) tags.set(FIRST + one.whole * 4096, 4096, one.tag);
        else if ("at" in one) tags.set(FIRST + one.at, Math.min(one.bytes, PAGES * 4096 - one.at), one.tag);
        else {
          const address = (one.alias ? ALIAS : BASE) + BigInt(one.access * 4096);
          const vpn = vpnOf(withTag(address, one.tag));
          expect(mmu.translate(vpn, Access.READ)).toBe(FIRST + one.access * 4096);
          // The kernel finds the page in the TLB whatever the entry's tag.
          expect(tlb.lookup(TlbKind.DATA, resetTagOfVpn(vpn), false, 8)).toBe(FIRST + one.access * 4096);
        }
        for (let index = 0; index < PAGES; index++) {
          for (const base of [BASE, ALIAS]) {
            for (let top = 0xf0; top < 0xff; top++) {
              const vpn = vpnOf(withTag(base + BigInt(index * 4096), top));
              if (tlb.lookup(TlbKind.DATA, vpn, false) < 0) continue;
              expect(tags.firstMismatch(FIRST + index * 4096, 4096, top)).toBe(-1);
            }
          }
        }
      }
    }),
  );
});

test("a pointer with the tag of all of its page hits at the next look; one whose page has others does not", () => {
  const { tags, tlb, mmu } = make();
  tags.set(FIRST, 8192 - 16, 3);
  const pointers = [0, 1].map((index) => vpnOf(withTag(BASE + BigInt(index * 4096), 0xf3)));
  for (const vpn of pointers) mmu.translate(vpn, Access.READ);
  expect(pointers.map((vpn) => tlb.lookup(TlbKind.DATA, vpn, false))).toEqual([FIRST, -1]);
  tags.set(FIRST + 4095, 1, 4);
  expect(tlb.lookup(TlbKind.DATA, pointers[0]!, false)).toBe(-1);
});
