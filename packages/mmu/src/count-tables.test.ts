import { addressOf } from "@kasan/shadow";
import fc from "fast-check";
import { expect, test } from "vitest";
import { toy } from "../test/toy.ts";
import { AddressSpace } from "./address-space.ts";
import { PageFlags } from "./architecture.ts";
import { countTables, type MappedPages } from "./count-tables.ts";
import { FramePool } from "./frames.ts";
import { PhysicalMemory } from "./memory.ts";

const PAGE = 8192;
const architecture = toy();
const HIGH = 2 ** 52 - 2 ** 19;
const sum = (counts: number[]) => counts.reduce((all, count) => all + count, 0);

test("no more and no fewer tables than mapping takes, whatever is mapped beside what", () => {
  // Gaps, lengths and physical addresses in pages of 8 KB; a middle entry covers 128 of them, a top entry 8192.
  const mapping = fc.record({
    gap: fc.oneof(fc.nat(300), fc.nat(20000)),
    pages: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 20000 })),
    physical: fc.oneof(
      fc.nat(500),
      fc.nat(500).map((block) => block * 128),
    ),
  });
  fc.assert(
    fc.property(fc.array(mapping, { minLength: 1, maxLength: 5 }), fc.boolean(), (mappings, high) => {
      const memory = PhysicalMemory.allocate(900 * PAGE);
      const frames = new FramePool(memory, 0, memory.size, PAGE);
      const space = new AddressSpace({ architecture, memory, frames });
      let vpn = high ? HIGH : 0;
      const planned: MappedPages[] = [];
      for (const { gap, pages, physical } of mappings) {
        vpn += gap * 2;
        planned.push({ vpn, pages: pages * 2, physical: physical * PAGE });
        space.map(addressOf(vpn, 0), physical * PAGE, pages * PAGE, PageFlags.KERNEL).ignore("new");
        vpn += pages * 2;
      }
      expect(sum(countTables(architecture, planned))).toBe(frames.used);
    }),
  );
});

test("shared tables take those above them", () => {
  // The whole upper half: an entry of the root for each 64 MB, which leads to a shared table.
  expect(countTables(architecture, [{ vpn: HIGH, pages: 2 ** 19 }])).toEqual([2, 0, 0]);
  // One page at the end of a top entry takes a table of each level.
  expect(countTables(architecture, [{ vpn: HIGH + 2 ** 14 - 2, pages: 4 }])).toEqual([2, 2, 2]);
  expect(countTables(architecture, [{ vpn: HIGH, pages: 2 ** 14 + 256 }])).toEqual([2, 1, 0]);
});
