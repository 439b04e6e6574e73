import { arm64 } from "@kasan/arch-arm64";
import { resetTag, tagOf, withTag } from "@kasan/shadow";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boot } from "../../../test/machine.ts";

const GFP = 0xcc0;
const start = (seed = 1) => boot({ architecture: arm64({ kasan: "sw_tags" }), mode: "sw_tags", seed });
type Started = ReturnType<typeof start>;
const shadow = ({ machine }: Started, address: bigint) => machine.kasan.shadowByte(address);
const check = ({ machine }: Started, address: bigint, size: number) =>
  machine.kasan.check(Number(address & 0xffffffffn), Number(address >> 32n), size, false, []);

describe("software tags", () => {
  test("a pointer has the tag of its memory, whole granules of it; the rest of the object is invalid", () => {
    const started = start();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8192 }), (size) => {
        const pointer = started.call("__kmalloc_noprof", BigInt(size), GFP);
        const end = Math.ceil(size / 16) * 16;
        for (let at = 0; at < end; at += 16) expect(shadow(started, pointer + BigInt(at))).toBe(tagOf(pointer));
        expect(tagOf(pointer)).toBeLessThan(0xfe);
        expect(check(started, pointer, size)).toBe(true);
        const room = Number(started.call("ksize", pointer));
        if (room > end) expect(shadow(started, pointer + BigInt(end))).toBe(0xfe);
        started.call("kfree", pointer);
        expect(shadow(started, pointer)).toBe(0xfe);
      }),
      { numRuns: 60 },
    );
    expect(started.reports).toEqual([]);
  });

  test("the same seed gives the same tags, another others", () => {
    const tags = (seed: number) => {
      const started = start(seed);
      return Array.from({ length: 8 }, () => started.call("__kmalloc_noprof", 32n, GFP));
    };
    expect(tags(3)).toEqual(tags(3));
    expect(tags(3)).not.toEqual(tags(4));
  });

  test("tag ff matches all, and only what the pointer says is freed", () => {
    const started = start();
    const pointer = started.call("__kmalloc_noprof", 64n, GFP);
    expect(check(started, withTag(pointer, 0xff), 64)).toBe(true);
    expect(check(started, withTag(pointer, (tagOf(pointer) + 1) % 0xfe), 1)).toBe(false);
    started.call("kfree", withTag(pointer, (tagOf(pointer) + 1) % 0xfe));
    expect(started.reports.map(({ bugType }) => bugType)).toEqual(["invalid-access", "double-free"]);
    started.call("kfree", resetTag(pointer));
    expect(started.reports.length).toBe(2);
    expect(shadow(started, pointer)).toBe(0xfe);
  });

  test("the stack ring tells a use after free from an access out of bounds", () => {
    const started = start();
    const pointer = started.call("__kmalloc_noprof", 48n, GFP);
    check(started, pointer + 48n, 1);
    started.call("kfree", pointer);
    check(started, pointer, 1);
    const [outside, after] = started.reports;
    expect([outside.bugType, after.bugType]).toEqual(["slab-out-of-bounds", "slab-use-after-free"]);
    expect([outside.freed, outside.allocated?.pid]).toEqual([undefined, after.allocated?.pid]);
    expect(after.freed).toBeDefined();
    expect(after.access).toMatchObject({ address: pointer, pointerTag: tagOf(pointer), memoryTag: 0xfe });
    expect(after.memory?.granule).toBe(16);
    expect(started.log).toContain(`Pointer tag: [${tagOf(pointer).toString(16).padStart(2, "0")}], memory tag: [fe]`);
  });

  test("pages keep their tag in the flags, areas of vmalloc space have one of their own", () => {
    const started = start();
    const page = started.call("alloc_pages_noprof", GFP, 1);
    const pointer = started.call("page_address", page);
    expect(shadow(started, pointer + 8191n)).toBe(tagOf(pointer));
    expect(started.call("virt_to_page", pointer)).toBe(page);
    const area = started.call("vmalloc_noprof", 5000n);
    expect(shadow(started, area + 4999n)).toBe(tagOf(area));
    expect(shadow(started, area + 5008n)).toBe(0xfe);
    expect(started.call("is_vmalloc_addr", area)).toBe(1n);
    started.call("vfree", area);
    started.call("free_pages", pointer, 1);
    expect(shadow(started, pointer)).toBe(0xfe);
    expect(started.log).toEqual([]);
  });

  test("x86 has no tags, and mechanisms of the generic mode cannot be left out", () => {
    expect(() => boot({ mode: "sw_tags" })).toThrow(/ignores the top byte/);
    const architecture = arm64({ kasan: "sw_tags" });
    expect(() => boot({ architecture, mode: "sw_tags", without: ["quarantine"] })).toThrow(/of generic KASAN/);
  });
});
