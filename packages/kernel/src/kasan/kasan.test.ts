import { findStackFrame } from "@kasan/report";
import { KASAN_STACK_LEFT, KASAN_STACK_RIGHT } from "@kasan/shadow";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boot, stopped, type TestMachine } from "../../test/machine.ts";

const GFP = 0xcc0;
const check = ({ machine }: TestMachine, address: bigint, size: number, write = false) =>
  machine.kasan.check(Number(address & 0xffffffffn), Number(address >> 32n), size, write, []);

describe("a check", () => {
  test("passes what is inside and reports what is not", () => {
    const test16 = boot();
    const at = test16.call("__kmalloc_noprof", 115, GFP);
    for (let size = 1; size <= 115; size++) expect(check(test16, at, size)).toBe(true);
    expect(test16.reports).toEqual([]);
    expect(check(test16, at + 115n, 1, true)).toBe(false);
    expect(check(test16, at, 116)).toBe(false);
    expect(check(test16, at, 0)).toBe(true);
    expect(test16.machine.kasan).toMatchObject({ reports: 2, suppressed: 0 });
  });

  test("of terabytes of early shadow takes no time, and finds what lies behind", () => {
    const test16 = boot();
    const { layout } = test16.machine.architecture;
    expect(check(test16, layout.vmemmap, 2 ** 40)).toBe(true);
    // From the end of the direct map into vmalloc space, which has no shadow.
    expect(stopped(() => check(test16, layout.directMapEnd + 1n, 2 ** 42))).toBe("oops");
    const at = test16.call("vmalloc_noprof", 100n);
    expect(at).toBe(layout.vmallocStart);
    expect(check(test16, layout.directMapEnd + 9n, 2 ** 42)).toBe(false);
    expect(test16.reports[0]).toMatchObject({ bugType: "vmalloc-out-of-bounds", firstBad: at + 96n });
    expect(check(test16, layout.vmemmap, 2 ** 63)).toBe(false);
  });

  test("of an address without shadow names what it is not", () => {
    const test16 = boot();
    expect(check(test16, 8n, 8)).toBe(false);
    expect(test16.reports[0]).toMatchObject({ bugType: "null-ptr-deref" });
    expect(check(test16, 0x7fff00000000n, 8)).toBe(false);
    expect(test16.reports[1]).toMatchObject({ bugType: "user-memory-access" });
  });
});

describe("a report", () => {
  test("tells the access, the object and who allocated it", () => {
    const test16 = boot();
    const { machine, reports, log } = test16;
    machine.tasks.start(machine.cpu, 42, "insmod", ["kthread"]);
    const at = test16.call("__kmalloc_noprof", 115, GFP);
    check(test16, at + 115n, 4, true);
    expect(reports[0]).toMatchObject({
      bugType: "slab-out-of-bounds",
      access: { kind: "Write", address: at + 115n, size: 4n },
      task: { comm: "insmod", pid: 42 },
      firstBad: at + 115n,
      object: { address: at, cache: "kmalloc-128", objectSize: 128, allocSize: 115 },
      allocated: { pid: 42, cpu: 0 },
    });
    expect(reports[0].freed).toBeUndefined();
    expect(reports[0].allocated!.stack!.map(({ symbol }) => symbol)).toEqual([
      "kasan_save_stack",
      "kasan_save_track",
      "__kasan_kmalloc",
      "__kmalloc_noprof",
      "kthread",
    ]);
    expect(log.join("\n")).toContain("located 0 bytes to the right of");
    expect(log.join("\n")).toContain("allocated 115-byte region");
    expect(machine.oops.taints).toEqual(["BAD_PAGE"]);
  });

  test("of a use after free tells both sides", () => {
    const test16 = boot();
    const at = test16.call("__kmalloc_noprof", 200, GFP);
    test16.call("kfree", at);
    check(test16, at + 100n, 1);
    expect(test16.reports[0]).toMatchObject({ bugType: "slab-use-after-free", object: { cache: "kmalloc-256" } });
    expect(test16.reports[0].freed!.stack!.map(({ symbol }) => symbol)).toContain("kfree");
    expect(test16.reports[0].freed!.timestamp).toBeGreaterThanOrEqual(test16.reports[0].allocated!.timestamp!);
  });

  test("of a page, an area, a large object", () => {
    const test16 = boot();
    const page = test16.call("get_free_pages_noprof", GFP, 0);
    test16.call("free_pages", page, 0);
    check(test16, page, 8);
    const area = test16.call("vmalloc_noprof", 5000n);
    check(test16, area + 5000n, 8);
    const large = test16.call("__kmalloc_noprof", 10_000, GFP);
    check(test16, large + 10_000n, 8);
    const pfn = test16.machine.space.lookup(Number(area >> 12n) + 1);
    const [freed, behind, redzone] = test16.reports;
    expect([freed, behind]).toMatchObject([
      {
        bugType: "use-after-free",
        page: { pfn: Number((page - test16.machine.directMap.virtual(0)) >> 12n), refcount: 0 },
      },
      { bugType: "vmalloc-out-of-bounds", vmalloc: { pages: 2, start: area }, page: { pfn, refcount: 1 } },
    ]);
    expect(redzone.page).toMatchObject({ refcount: 1, head: { order: 2 } });
  });

  test("comes once, or every time", () => {
    for (const multiShot of [true, false]) {
      const test16 = boot({ multiShot });
      const at = test16.call("__kmalloc_noprof", 8, GFP);
      for (let i = 0; i < 3; i++) check(test16, at + 8n, 1);
      expect(test16.reports.length).toBe(multiShot ? 3 : 1);
      expect(test16.machine.kasan.suppressed).toBe(multiShot ? 0 : 2);
    }
  });

  test("may be a panic", () => {
    const test16 = boot({ panicOnWarn: true });
    const at = test16.call("__kmalloc_noprof", 8, GFP);
    expect(stopped(() => check(test16, at + 8n, 1))).toBe("panic");
    expect(test16.reports.length).toBe(1);
    expect(test16.log.at(-1)).toContain("end Kernel panic");
  });

  test("is the same each time, byte for byte", () => {
    const run = () => {
      const test16 = boot();
      const at = test16.call("__kmalloc_noprof", 40, GFP);
      test16.call("kfree", at);
      test16.call("kfree", at);
      check(test16, at, 8, true);
      return [test16.log, test16.reports];
    };
    expect(run()).toEqual(run());
  });

  test("can be made of any address, whatever the metadata holds", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 24 }), fc.nat(300), (garbage, offset) => {
        const test16 = boot();
        const at = test16.call("__kmalloc_noprof", 64, GFP);
        test16.call("kfree", at);
        const { allocMeta } = test16.machine.slab.allocator.kmallocCache(64);
        test16.machine.guestMemory.write(at + BigInt(allocMeta), garbage);
        test16.machine.guestMemory.write(at, garbage);
        expect(stopped(() => check(test16, at + BigInt(offset), 4))).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });
});

describe("the shadow of any address", () => {
  test("is set by granules, and its last one in part", () => {
    const { machine, call } = boot();
    const { kasan } = machine;
    const at = call("vmalloc_noprof", 50_000n);
    kasan.fillShadow(at, 40_000, 0xf1);
    kasan.unpoison(at + 8n, 33_003);
    expect([0, 8, 33_000, 33_008, 33_016].map((offset) => kasan.shadowByte(at + BigInt(offset)))).toEqual([
      0xf1, 0, 0, 3, 0xf1,
    ]);
    expect(kasan.shadowByte(0xffffc8ffffffffffn)).toBe(0);
    expect(stopped(() => kasan.fillShadow(0xffffc8ffff000000n, 8, 0xf1))).toBe("oops");
  });

  test("globals are found by name", () => {
    const { machine, data } = boot();
    machine.kasan.addGlobal({ name: data("table"), address: 0xffffffff81200000n, size: 64 });
    expect(machine.kasan.globalAt(0xffffffff8120003fn)).toEqual({ name: "table", offset: 63, size: 64 });
    expect(machine.kasan.globalAt(0xffffffff81200040n)).toBeUndefined();
    // An unreadable name is ignored.
    machine.kasan.addGlobal({ name: 16n, address: 0xffffffff81300000n, size: 64 });
    expect(machine.kasan.globalAt(0xffffffff81300000n)).toEqual({ name: "", offset: 0, size: 64 });
  });
});

describe("the frame of a function on a stack", () => {
  test("is found below an address", () => {
    const { machine, data, call } = boot();
    machine.tasks.start(machine.cpu, 1, "t", []);
    const low = machine.cpu.stackLow;
    const start = low + 4096n;
    const description = data("1 32 8 3 buf");
    machine.guestMemory.write(
      start,
      new Uint8Array(BigUint64Array.of(0x41b58ab3n, description, 0xffffffff81000010n).buffer),
    );
    call("__asan_poison_stack_memory", start, 0n);
    machine.kasan.fillShadow(start, 32, KASAN_STACK_LEFT);
    machine.kasan.fillShadow(start + 40n, 24, KASAN_STACK_RIGHT);
    const { guestMemory } = machine;
    const source = {
      byteAt: (at: bigint) => machine.kasan.shadowByte(at),
      read: (at: bigint, count: number) => guestMemory.read(at, count),
      string: (at: bigint, limit: number) => guestMemory.string(at, limit),
    };
    expect(findStackFrame(source, start + 41n, low)).toEqual({
      start,
      function: 0xffffffff81000010n,
      objects: [{ start: 32, end: 40, name: "buf" }],
    });
    expect(findStackFrame(source, low + 100n, low)).toBeUndefined();
    machine.guestMemory.write(start, new Uint8Array(8));
    expect(findStackFrame(source, start + 41n, low)).toBeUndefined();
  });
});
