import { KASAN_VMALLOC_INVALID } from "@kasan/shadow";
import { SCHEMES } from "@kasan/vmalloc";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boot } from "../../../test/machine.ts";

const PAGE = 4096;
const NAMES = Object.keys(SCHEMES);

describe.each(NAMES)("vmalloc space backed by %s", (name) => {
  const start = () => boot({ vmallocShadow: SCHEMES[name] }).machine;
  const byte = (machine: ReturnType<typeof start>, vpn: number, offset = 0) =>
    machine.kasan.shadowByte((BigInt(vpn) << 12n) + BigInt(offset));
  const unused = { early: 0, flip: 0, poison: KASAN_VMALLOC_INVALID }[name] ?? -1;

  test("areas have shadow of their own, what is unused shows what it should", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 40 * PAGE }), free: fc.boolean() }), { maxLength: 12 }),
        (steps) => {
          const machine = start();
          const { vmalloc } = machine;
          const { shadowStart, vmallocStart, vmallocEnd, moduleEnd } = machine.architecture.layout;
          const live: { vpn: number; bytes: number }[] = [];
          for (const { bytes, free } of steps) {
            const vpn = vmalloc.allocate({ size: bytes, gfp: 0xcc0, caller: 0 });
            live.push({ vpn, bytes });
            if (free) {
              vmalloc.free(live.shift()!.vpn);
              vmalloc.purge();
            }
            for (const area of live) {
              const last = area.bytes - 1;
              expect(byte(machine, area.vpn)).toBe(area.bytes < 8 && name !== "early" ? area.bytes : 0);
              expect(byte(machine, area.vpn + Math.floor(last / PAGE), last % PAGE)).toBeLessThan(8);
              const guard = area.vpn + Math.ceil(area.bytes / PAGE);
              expect(byte(machine, guard)).toBe(name === "early" ? 0 : KASAN_VMALLOC_INVALID);
            }
            // Far from any area; and other places that map the page of zeros, which must not have changed.
            expect(byte(machine, Number((vmallocEnd + 1n) >> 12n) - 100)).toBe(unused);
            expect(byte(machine, Number(vmallocStart >> 12n) + 2 ** 28)).toBe(unused);
            expect(byte(machine, Number(moduleEnd >> 12n) + 1)).toBe(0);
            expect(machine.space.lookup(Number(shadowStart >> 12n))).toBeGreaterThanOrEqual(0);
          }
          for (const { vpn } of live) vmalloc.free(vpn);
          vmalloc.purge();
          const first = Number(vmallocStart >> 12n);
          if (["lazy", "refcount", "flip", "poison", "early"].includes(name)) {
            for (let page = first; page < first + 128; page += 8) expect(byte(machine, page)).toBe(unused);
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  test("what pages it took it gives back, if it says so", () => {
    const machine = start();
    const run = () => {
      const areas = Array.from({ length: 20 }, (_, i) =>
        machine.vmalloc.allocate({ size: (i + 1) * PAGE, gfp: 0xcc0, caller: 0 }),
      );
      for (const vpn of areas) machine.vmalloc.free(vpn);
      machine.vmalloc.purge();
    };
    // The first run allocates page tables, which stay.
    run();
    const before = machine.buddy.freePages;
    run();
    expect(machine.buddy.freePages).toBe(before);
  });

  test("short of memory, an area that does not come to be takes nothing", () => {
    const machine = start();
    machine.vmalloc.allocate({ size: PAGE, gfp: 0xcc0, caller: 0 });
    const held: number[] = [];
    for (let pfn = machine.buddy.allocate(0, 0xcc0); pfn >= 0; pfn = machine.buddy.allocate(0, 0xcc0)) held.push(pfn);
    for (let spare = 0; spare < 6; spare++) {
      const free = machine.buddy.freePages;
      expect(machine.vmalloc.allocate({ size: 64 * PAGE, gfp: 0xcc0, caller: 0 })).toBe(-1);
      machine.vmalloc.purge();
      const tables = free - machine.buddy.freePages;
      // The keep scheme never unmaps shadow, whatever happens to the area.
      if (name !== "keep") expect(tables, "pages other than page tables").toBeLessThanOrEqual(spare);
      for (let i = 0; i <= spare && held.length > 0; i++) machine.buddy.free(held.pop()!, 0);
    }
  });
});

test("a scheme that is nobody's but the caller's", () => {
  const seen: string[] = [];
  const { machine } = boot({
    vmallocShadow: (backend) => {
      const scheme = SCHEMES.lazy(backend);
      const populate = scheme.populate.bind(scheme);
      scheme.populate = (vpn, pages) => {
        seen.push(`populate ${pages}`);
        return populate(vpn, pages);
      };
      return scheme;
    },
  });
  machine.vmalloc.allocate({ size: 5 * PAGE, gfp: 0xcc0, caller: 0 });
  expect(seen).toEqual(["populate 6"]);
});
