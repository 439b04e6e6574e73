import { KASAN_PAGE_FREE, KASAN_PAGE_REDZONE, KASAN_SLAB_REDZONE } from "@kasan/shadow";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boot, stopped } from "../../../test/machine.ts";

const GFP = 0xcc0;
/** SLAB_CONSISTENCY_CHECKS (include/linux/slab.h). */
const CONSISTENCY_CHECKS = 1;
const ZERO = 0x100;
const PAGE = 4096;

describe("kmalloc and kfree", () => {
  test("every size is accessible to the byte, and its redzone is of the right kind", () => {
    const { machine, call } = boot();
    for (const size of [1, 7, 8, 9, 115, 128, 1000, 4096, 8192, 8193, 12345, 2 ** 20 - 100]) {
      const at = call("__kmalloc_noprof", size, GFP);
      const shadow = (offset: number) => machine.kasan.shadowByte(at + BigInt(offset));
      expect(shadow(size - 1)).toBe(size % 8 === 0 ? 0 : size % 8);
      const end = Math.ceil(size / 8) * 8;
      expect(shadow(end)).toBe(size > 8192 ? KASAN_PAGE_REDZONE : KASAN_SLAB_REDZONE);
      call("kfree", at);
      expect(shadow(0)).toBeGreaterThanOrEqual(0x80);
    }
    expect(machine.statistics()).toMatchObject({ allocations: 12, frees: 12 });
  });

  test("nothing, too much, and NULL", () => {
    const { call, reports } = boot();
    expect(call("__kmalloc_noprof", 0, GFP)).toBe(16n);
    expect(call("__kmalloc_noprof", 2 ** 22 + 1, GFP)).toBe(0n);
    expect(call("__kmalloc_noprof", 2n ** 64n - 1n, GFP)).toBe(0n);
    for (const nothing of [0n, 16n]) {
      call("kfree", nothing);
      call("kfree_sensitive", nothing);
      expect(call("ksize", nothing)).toBe(0n);
    }
    expect(reports).toEqual([]);
  });

  test("memory is zeroed when asked, and when it held a secret", () => {
    const { machine, call } = boot({ mode: "off" });
    const at = call("__kmalloc_noprof", 100, GFP);
    machine.guestMemory.write(at, new Uint8Array(128).fill(0xaa));
    call("kfree_sensitive", at);
    expect(call("__kmalloc_noprof", 100, GFP)).toBe(at);
    expect(machine.guestMemory.readByte(Number(at & 0xffffffffn), Number(at >> 32n))).toBe(0);
    machine.guestMemory.write(at, new Uint8Array(128).fill(0xaa));
    call("kfree", at);
    expect(call("__kmalloc_noprof", 100, GFP | ZERO)).toBe(at);
    expect(machine.guestMemory.read(at, 128).every((byte) => byte === 0)).toBe(true);
  });

  test.each(["generic", "off"] as const)("until NULL, then all freed, then all again (%s)", (mode) => {
    const { call, machine } = boot({ mode });
    const round = (size: number) => {
      const objects: bigint[] = [];
      for (let at = call("__kmalloc_noprof", size, GFP); at !== 0n; at = call("__kmalloc_noprof", size, GFP)) {
        objects.push(at);
      }
      expect(new Set(objects).size).toBe(objects.length);
      for (const at of objects) call("kfree", at);
      return objects.length;
    };
    for (const size of [100, 4000, 100_000]) {
      const [first, second] = [round(size), round(size)];
      expect(first).toBeGreaterThan(1);
      expect(second, `kmalloc(${size})`).toBeGreaterThanOrEqual(first * 0.9);
    }
    expect(machine.statistics().reports).toBe(0);
  });

  test("krealloc grows, shrinks, moves and frees, and poisons what is given up", () => {
    const { machine, call, reports } = boot();
    const at = call("__kmalloc_noprof", 20, GFP);
    machine.guestMemory.write(at, Uint8Array.of(1, 2, 3));
    expect(call("krealloc_noprof", at, 30, GFP)).toBe(at);
    expect(machine.kasan.shadowByte(at + 24n)).toBe(6);
    expect(call("krealloc_noprof", at, 9, GFP | ZERO)).toBe(at);
    expect(machine.kasan.shadowByte(at + 16n)).toBe(KASAN_SLAB_REDZONE);
    const moved = call("krealloc_noprof", at, 500, GFP);
    expect(moved).not.toBe(at);
    expect([...machine.guestMemory.read(moved, 3)]).toEqual([1, 2, 3]);
    expect(call("krealloc_noprof", moved, 0, GFP)).toBe(16n);
    expect(call("krealloc_noprof", 0n, 10, GFP)).not.toBe(0n);
    expect(reports).toEqual([]);
    expect(call("krealloc_noprof", moved, 10, GFP)).toBe(0n);
    expect(reports.map(({ bugType }) => bugType)).toEqual(["slab-use-after-free"]);
  });

  test("double and invalid frees are reported, and change nothing", () => {
    const { call, reports, machine } = boot();
    const at = call("__kmalloc_noprof", 100, GFP);
    call("kfree", at + 8n);
    call("kfree", at);
    call("kfree", at);
    const large = call("__kmalloc_noprof", 10_000, GFP);
    call("kfree", large + 4096n);
    call("kfree", large);
    expect(reports.map(({ bugType, access }) => [bugType, access.kind, access.address])).toEqual([
      ["invalid-free", "Free", at + 8n],
      ["double-free", "Free", at],
      ["invalid-free", "Free", large + 4096n],
    ]);
    call("kfree", large);
    expect(reports[3]?.bugType).toBe("double-free");
    expect(machine.statistics()).toMatchObject({ allocations: 2, frees: 2, reports: 4 });
  });

  test("pointers that are none end the guest", () => {
    for (const pointer of [17n, 0xffffc90000000000n, 0xffffffffffffffffn, 0x4141414141414141n, 0xffff888001000000n]) {
      for (const name of ["kfree", "krealloc_noprof", "ksize", "kmem_cache_destroy", "kmem_cache_alloc_noprof"]) {
        const { call, reports } = boot();
        const how = stopped(() => call(name, pointer, 20, GFP));
        if (how === undefined) expect(reports.length, `${name}(${pointer.toString(16)})`).toBe(1);
        else expect(how).toBe("oops");
      }
    }
  });
});

describe("caches", () => {
  test("are made, used, counted and destroyed", () => {
    const { call, data, machine, log } = boot();
    const cache = call("kmem_cache_create", data("mine"), 200, 0, 0, 0n);
    expect(call("kmem_cache_size", cache)).toBe(200n);
    const object = call("kmem_cache_alloc_noprof", cache, GFP);
    expect(machine.kasan.shadowByte(object + 192n)).toBe(0);
    expect(machine.kasan.shadowByte(object + 200n)).toBe(KASAN_SLAB_REDZONE);
    call("kmem_cache_destroy", cache);
    expect(log.join("\n")).toContain("Slab cache still has objects");
    call("kmem_cache_free", cache, object);
    call("kmem_cache_shrink", cache);
    call("kmem_cache_destroy", cache);
    expect(stopped(() => call("kmem_cache_size", cache))).toBe("oops");
    call("kmem_cache_destroy", 0n);
  });

  test("shrinking gives back all slabs without objects", () => {
    const { call, data, machine } = boot();
    const cache = call("kmem_cache_create", data("mine"), 1000, 0, 0, 0n);
    const before = machine.statistics().freePages;
    const objects = Array.from({ length: 100 }, () => call("kmem_cache_alloc_noprof", cache, GFP));
    for (const object of objects) call("kmem_cache_free", cache, object);
    const kept = call("kmem_cache_alloc_noprof", cache, GFP);
    expect(call("kmem_cache_shrink", cache)).toBe(1n);
    call("kmem_cache_free", cache, kept);
    expect(call("kmem_cache_shrink", cache)).toBe(0n);
    expect(machine.statistics().freePages).toBe(before);
  });

  test("bulk allocation gives all or nothing", () => {
    const { call, data, machine } = boot();
    const cache = call("kmem_cache_create", data("mine"), 64, 0, 0, 0n);
    const into = call("__kmalloc_noprof", 80, GFP);
    expect(call("kmem_cache_alloc_bulk_noprof", cache, GFP, 10n, into)).toBe(10n);
    call("kmem_cache_free_bulk", cache, 10n, into);
    expect(call("kmem_cache_alloc_bulk_noprof", cache, GFP, 2n ** 40n, into)).toBe(0n);
    call("kmem_cache_shrink", cache);
    expect(machine.slab.allocator.findCache(Number(cache & 0xffffffffn))!.live).toBe(0);
  });

  /** Makes two caches, of which the second has some flags, and frees an object of the first into the second. */
  const freeIntoAnother = (flags: number, options: Parameters<typeof boot>[0] = {}, sizes = [64, 64]) => {
    const { call, data, log, reports } = boot(options);
    const make = (name: string, size: number, own: number) =>
      call("kmem_cache_create", data(name), size, 0, own, 0n) as bigint;
    const [one, two] = [make("one", sizes[0], 0), make("two", sizes[1], flags)];
    const objects = [0, 1].map(() => call("kmem_cache_alloc_noprof", one, GFP));
    for (const object of objects) call("kmem_cache_free", two, object);
    const again = () => call("kmem_cache_free", one, objects[0]);
    return { log: log.join("\n"), bugs: () => reports.map(({ bugType }) => bugType), again };
  };

  test("an object freed into the wrong cache is warned of if that is checked, and freed into its own", () => {
    const { log, bugs, again } = freeIntoAnother(CONSISTENCY_CHECKS);
    expect(log.match(/cache_from_obj: Wrong slab cache. two but object is from one/g)).toHaveLength(2);
    expect(bugs()).toEqual([]);
    again();
    expect(bugs()).toEqual(["double-free"]);
  });

  test("in 7.2, it is warned of once, and not freed", () => {
    const { log, bugs, again } = freeIntoAnother(CONSISTENCY_CHECKS, { version: "7.2.0" });
    expect(log.match(/kmem_cache_free\(two, [0-9a-f]{16}\): object belongs to different cache one/g)).toHaveLength(1);
    again();
    expect(bugs()).toEqual([]);
  });

  test("without these checks it is freed, unless no object of the other cache could start there", () => {
    const { log, bugs } = freeIntoAnother(0);
    expect(log).not.toContain("Wrong slab cache");
    expect(bugs()).toEqual([]);
    expect(freeIntoAnother(0, {}, [64, 4096]).bugs()).toEqual(["invalid-free"]);
  });

  test("impossible caches are NULL", () => {
    const { call, data } = boot();
    for (const [size, align] of [
      [0, 0],
      [-1, 0],
      [64, -1],
      [2 ** 23, 0],
    ]) {
      expect(call("kmem_cache_create", data("bad"), size, align, 0, 0n)).toBe(0n);
    }
  });

  test("a free list that a guest wrote over is an oops", () => {
    const { call, machine, log } = boot({ mode: "off" });
    const at = call("__kmalloc_noprof", 64, GFP);
    call("kfree", at);
    machine.guestMemory.write(at + 32n, new Uint8Array(8).fill(0x41));
    expect(stopped(() => call("__kmalloc_noprof", 64, GFP))).toBe("oops");
    expect(log.join("\n")).toContain("0x4141414141414141");
  });
});

describe("pages", () => {
  test("come and go, by address and by descriptor", () => {
    const { call, machine } = boot();
    const before = machine.statistics().freePages;
    const page = call("alloc_pages_noprof", GFP, 2);
    const at = call("page_address", page);
    expect(call("pfn_to_page", call("page_to_pfn", page))).toBe(page);
    expect(machine.kasan.shadowByte(at)).toBe(0);
    call("get_page", page);
    // The first page keeps its reference; the others are free.
    call("__free_pages", page, 2);
    expect(machine.kasan.shadowByte(at)).toBe(0);
    expect(machine.kasan.shadowByte(at + 4096n)).toBe(KASAN_PAGE_FREE);
    expect(machine.statistics().freePages).toBe(before - 1);
    call("put_page", page);
    expect(machine.kasan.shadowByte(at)).toBe(KASAN_PAGE_FREE);
    const zeroed = call("get_zeroed_page_noprof", GFP);
    expect(machine.guestMemory.read(zeroed, PAGE).every((byte) => byte === 0)).toBe(true);
    call("free_pages", zeroed, 0);
    call("free_pages", 0n, 0);
    expect(call("get_free_pages_noprof", GFP, 11)).toBe(0n);
    expect(call("alloc_pages_noprof", GFP, -1)).toBe(0n);
    expect(machine.statistics().freePages).toBe(before);
  });

  test("a free that would free what is not its own is refused", () => {
    const { call, machine, log } = boot();
    const before = machine.statistics().freePages;
    const at = call("get_free_pages_noprof", GFP, 1);
    const next = call("get_free_pages_noprof", GFP, 1);
    for (const order of [2, 3, 10, 11, 31, 32, -1]) call("free_pages", at, order);
    expect(log.filter((line) => line.includes("Bad page state")).length).toBe(7);
    expect(machine.statistics().freePages).toBe(before - 4);
    call("free_pages", at, 1);
    // Both pages of the block, whether or not they start a free one.
    call("free_pages", at, 1);
    call("free_pages", at + 4096n, 0);
    expect(log.filter((line) => line.includes("Bad page state")).length).toBe(9);
    call("free_pages", next, 1);
    call("free_pages", machine.directMap.virtual(0), 0);
    expect(machine.statistics().freePages).toBe(before);
  });

  test("the pages of a split block are freed one by one", () => {
    const { call, machine, log } = boot();
    const before = machine.statistics().freePages;
    const page = call("alloc_pages_noprof", GFP, 2);
    const at = call("page_address", page);
    call("split_page", page, 2);
    call("free_pages", at, 2);
    expect(log.filter((line) => line.includes("Bad page state")).length).toBe(1);
    expect(machine.statistics().freePages).toBe(before - 4);
    for (const i of [2n, 0n, 3n, 1n]) {
      expect(machine.kasan.shadowByte(at + i * 4096n)).toBe(0);
      call("free_pages", at + i * 4096n, 0);
      expect(machine.kasan.shadowByte(at + i * 4096n)).toBe(KASAN_PAGE_FREE);
    }
    expect(machine.statistics().freePages).toBe(before);
  });

  test("descriptors that are none end the guest", () => {
    for (const pointer of [0n, 0xffffea0000000001n, 0xffffea0010000000n, 2n ** 64n - 1n]) {
      for (const name of ["__free_pages", "get_page", "put_page", "page_address", "page_to_pfn"]) {
        expect(stopped(() => boot().call(name, pointer, 0))).toBe("oops");
      }
    }
  });

  test("addresses are converted", () => {
    const { call, machine } = boot();
    const at = machine.directMap.virtual(0x5000);
    expect(call("virt_to_phys", at)).toBe(0x5000n);
    expect(call("phys_to_virt", 0x5000n)).toBe(at);
    expect(call("virt_addr_valid", at)).toBe(1n);
    expect(call("virt_addr_valid", 0n)).toBe(0n);
    const area = call("vmalloc_noprof", 5000n);
    expect(call("page_to_pfn", call("vmalloc_to_page", area + 4096n))).toBe(
      BigInt(machine.space.lookup(Number(area >> 12n) + 1)),
    );
    expect(call("vmalloc_to_page", 0n)).toBe(0n);
  });
});

describe("vmalloc", () => {
  test("shadow comes with an area, and goes when the purge frees its addresses", () => {
    const { call, machine, reports } = boot();
    const at = call("vmalloc_noprof", 100_000n);
    expect(call("is_vmalloc_addr", at)).toBe(1n);
    expect(machine.kasan.shadowByte(at + 99_999n)).toBe(0);
    expect(machine.kasan.shadowByte(at + 100_000n)).toBeGreaterThan(0x7f);
    expect(machine.statistics()).toMatchObject({ vmallocAreas: 1, vmallocShadowPages: 4 });
    expect(machine.kasan.check(Number(at & 0xffffffffn), Number(at >> 32n), 100_001, false, [])).toBe(false);
    expect(reports[0]).toMatchObject({ bugType: "vmalloc-out-of-bounds", firstBad: at + 100_000n });
    call("vfree", at);
    expect(machine.statistics()).toMatchObject({ vmallocAreas: 0, vmallocShadowPages: 4 });
    call("vm_unmap_aliases");
    expect(machine.statistics().vmallocShadowPages).toBe(0);
    expect(machine.kasan.shadowByte(at)).toBe(-1);
    expect(stopped(() => machine.kasan.check(Number(at & 0xffffffffn), Number(at >> 32n), 1, false, []))).toBe("oops");
  });

  test("too much, nothing, and what is no area", () => {
    const { call, log } = boot();
    for (const size of [0n, 15n * 2n ** 20n, 2n ** 40n, 2n ** 64n - 1n]) expect(call("vmalloc_noprof", size)).toBe(0n);
    const at = call("vzalloc_noprof", 10n);
    call("vfree", 0n);
    call("vfree", at + 1n);
    call("vfree", at + 4096n);
    call("vfree", at);
    call("vfree", at);
    expect(log.filter((line) => line.includes("Trying to vfree()")).length).toBe(3);
  });

  test("until NULL, then all freed, then all again", () => {
    const { call, machine } = boot();
    const round = () => {
      const areas: bigint[] = [];
      for (let at = call("vmalloc_noprof", 50_000n); at !== 0n; at = call("vmalloc_noprof", 50_000n)) areas.push(at);
      for (const at of areas) call("vfree", at);
      call("vm_unmap_aliases");
      return areas.length;
    };
    const first = round();
    const free = machine.statistics().freePages;
    expect(first).toBeGreaterThan(100);
    expect(round()).toBe(first);
    expect(machine.statistics().freePages).toBe(free);
  });

  test("vmap shows pages again, and vunmap leaves them", () => {
    const { call, machine } = boot();
    const page = call("alloc_pages_noprof", GFP, 0);
    const list = call("__kmalloc_noprof", 16, GFP);
    machine.guestMemory.write(list, new Uint8Array(BigUint64Array.of(page, page).buffer));
    const at = call("vmap", list, 2, 0, 0n);
    machine.guestMemory.write(at, Uint8Array.of(42));
    expect(machine.guestMemory.read(at + 4096n, 1)[0]).toBe(42);
    expect(machine.guestMemory.read(call("page_address", page), 1)[0]).toBe(42);
    call("vunmap", at);
    expect(machine.guestMemory.read(call("page_address", page), 1)[0]).toBe(42);
    expect(call("vmap", list, 0, 0, 0n)).toBe(0n);
    expect(call("vmap", list, -1, 0, 0n)).toBe(0n);
    machine.guestMemory.write(list, new Uint8Array(8).fill(0x41));
    expect(stopped(() => call("vmap", list, 1, 0, 0n))).toBe("oops");
  });
});

describe("text", () => {
  const args = (...values: bigint[]) => new Uint8Array(BigUint64Array.from(values).buffer);

  test("is printed with level, arguments and a growing time", () => {
    const { call, data, log, machine } = boot();
    const before = machine.clock.now;
    expect(call("_printk", data("\x013%d %s %pV\n"), data(args(7n, data("seven"), 0n)))).toBe(17n);
    expect(log).toEqual(["7 seven (null)"]);
    expect(machine.clock.now).toBeGreaterThan(before);
  });

  test("is written byte for byte, cut to the buffer, and its whole length told", () => {
    const { call, data, machine } = boot();
    const buffer = data(new Uint8Array(32).fill(0xee));
    const odd = data(Uint8Array.of(0x66, 0xff, 0x80, 0));
    expect(call("vsnprintf", buffer, 6n, data("%s|%s"), data(args(odd, odd)))).toBe(7n);
    expect([...machine.guestMemory.read(buffer, 7)]).toEqual([0x66, 0xff, 0x80, 0x7c, 0x66, 0, 0xee]);
    expect(call("vsnprintf", 0n, 0n, data("%c"), data(args(0xffn)))).toBe(1n);
    expect(call("vsprintf", buffer, data("%5.2s|"), data(args(data("KASAN"))))).toBe(6n);
    expect(machine.guestMemory.string(buffer)).toBe("   KA|");
  });

  test("%pV takes its format and arguments from memory", () => {
    const { call, data, log } = boot();
    const list = data(args(data(args(5n))));
    call("_printk", data("<%pV>\n"), data(args(data(args(data("%d"), list)))));
    expect(log).toEqual(["<5>"]);
  });

  test("a panic ends the guest, a warning does not", () => {
    const { call, data, log, machine } = boot();
    call("kasan_guest_warn", data("a.c"), 12, 0n, 0n);
    expect(log.join("\n")).toContain("at a.c:12");
    expect(machine.oops.warnings).toBe(1);
    expect(stopped(() => call("kasan_guest_bug", data("b.c"), 3))).toBe("oops");
    expect(stopped(() => call("panic", data("no %s"), data(args(data("root")))))).toBe("panic");
    expect(log.join("\n")).toContain("Kernel panic - not syncing: no root");
    const strict = boot({ panicOnWarn: true });
    expect(stopped(() => strict.call("kasan_guest_warn", strict.data("a.c"), 12, 0n, 0n))).toBe("panic");
  });
});

describe("time and chance", () => {
  test("time goes on with every look at it", () => {
    const { call } = boot();
    const [one, two] = [call("ktime_get"), call("ktime_get")];
    expect(two).toBeGreaterThan(one);
    call("kasan_guest_delay", 10n ** 9n);
    expect(call("ktime_get") - two).toBeGreaterThanOrEqual(10n ** 9n);
    const jiffies = call("get_jiffies_64");
    expect(jiffies).toBe(2n ** 32n - 75_000n + 250n);
  });

  test("random numbers follow from the seed", () => {
    const draw = (seed: number) => {
      const { call } = boot({ seed });
      return [call("get_random_u32"), call("get_random_u64"), call("get_random_u32")];
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    const { call, machine } = boot();
    const at = call("__kmalloc_noprof", 5000, GFP | ZERO);
    call("get_random_bytes", at, 4999n);
    const bytes = machine.guestMemory.read(at, 5000);
    expect(bytes[4999]).toBe(0);
    expect(new Set(bytes.subarray(4900, 4999)).size).toBeGreaterThan(40);
  });
});

test("no arguments make a kernel function throw anything but the end of the guest", () => {
  const wild = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.constantFrom(0n, 1n, 16n, 0xffff888000000000n, 0xffff888000800000n, 0xffffc90000000000n, 0xffffea0000000000n),
    fc.constantFrom(0xffffffff81000000n, 0xffffec0000000000n, 0xfffffbfff0000000n, 2n ** 64n - 1n, 2n ** 63n),
    fc.bigInt({ min: 0n, max: 100n }),
  );
  const names = Object.keys(boot().functions);
  for (const mode of ["generic", "off"] as const) {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...names), fc.array(wild, { maxLength: 5 })), { maxLength: 4 }),
        (calls) => {
          const { call } = boot({ mode });
          call("__kmalloc_noprof", 64, GFP);
          stopped(() => {
            for (const [name, args] of calls) call(name, ...args);
          });
        },
      ),
      { numRuns: 400 },
    );
  }
});
