import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PAGE_SIZE } from "./address.ts";
import { ShadowError } from "./error.ts";
import { shadowLayout, X86_64_GENERIC } from "./layout.ts";
import { ShadowMemory } from "./memory.ts";
import { KASAN_SLAB_FREE, KASAN_SLAB_REDZONE, KASAN_VMALLOC_INVALID } from "./poison.ts";
import { withTag } from "./tags.ts";

const BASE = 0xffff888000a59800n;

describe("generic", () => {
  test("untouched memory is accessible, what is poisoned is not, and what is unpoisoned is again", () => {
    const shadow = new ShadowMemory(X86_64_GENERIC);
    expect(shadow.check(BASE, 4096)).toBeUndefined();
    shadow.poison(BASE, 128, KASAN_SLAB_FREE);
    expect(shadow.check(BASE + 5n, 1)).toEqual({ address: BASE + 5n, shadow: 0xfb, bug: "slab-use-after-free" });
    shadow.unpoison(BASE, 128);
    expect(shadow.check(BASE, 128)).toBeUndefined();
  });

  test("unpoison(size) allows exactly the accesses within it", () => {
    const anyAccess = fc.tuple(fc.nat(200), fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 64 }));
    fc.assert(
      fc.property(anyAccess, ([size, start, bytes]) => {
        const shadow = new ShadowMemory(X86_64_GENERIC);
        shadow.poison(BASE, 512, KASAN_SLAB_REDZONE);
        shadow.unpoison(BASE, size);
        expect(shadow.check(BASE + BigInt(start), bytes) === undefined).toBe(start + bytes <= size);
      }),
    );
  });

  test("ranges span shadow pages, and the buffer grows", () => {
    const shadow = new ShadowMemory(X86_64_GENERIC);
    const size = 20 * PAGE_SIZE * 8;
    shadow.poison(BASE, size, KASAN_VMALLOC_INVALID);
    const end = BASE + BigInt(size);
    expect(shadow.byteAt(BASE - 1n)).toBe(0);
    expect(shadow.byteAt(BASE)).toBe(0xf8);
    expect(shadow.byteAt(end - 1n)).toBe(0xf8);
    expect(shadow.byteAt(end)).toBe(0);
    expect(shadow.check(BASE - 100n, 200)).toMatchObject({ address: BASE + 4n, bug: "vmalloc-out-of-bounds" });
  });

  test("addresses without shadow are wild, negative sizes out of bounds", () => {
    const shadow = new ShadowMemory(X86_64_GENERIC);
    expect(shadow.check(0x10n, 8)).toEqual({ address: 0x10n, shadow: -1, bug: "null-ptr-deref" });
    expect(shadow.check(BASE, -2)).toEqual({ address: BASE, shadow: 0, bug: "out-of-bounds" });
  });

  test("refuses ranges that do not fit granules", () => {
    const shadow = new ShadowMemory(X86_64_GENERIC);
    const aligned = expect.objectContaining({ code: "SHADOW_ALIGN" });
    expect(() => shadow.poison(BASE + 1n, 8, 0xfc)).toThrow(ShadowError);
    expect(() => shadow.poison(BASE + 1n, 8, 0xfc)).toThrow(aligned);
    expect(() => shadow.poison(BASE, 9, 0xfc)).toThrow(aligned);
    expect(() => shadow.unpoison(BASE + 4n, 8)).toThrow(aligned);
  });
});

describe("tags", () => {
  const layout = shadowLayout({ scaleShift: 4, offset: 0xefff800000000000n, memoryStart: 0xffff000000000000n });
  const object = 0xffff000012345600n;
  const pointer = withTag(object, 0x3c);

  test("memory gets the pointer's tag, in whole granules", () => {
    const shadow = new ShadowMemory(layout);
    shadow.unpoison(pointer, 20);
    expect(shadow.check(pointer, 32)).toBeUndefined();
    expect(shadow.check(pointer + 30n, 4)).toEqual({ address: object + 46n, shadow: 0xfe, bug: "invalid-access" });
  });

  test("a pointer with another tag is refused, the kernel's own is not", () => {
    const shadow = new ShadowMemory(layout);
    shadow.unpoison(pointer, 32);
    expect(shadow.check(withTag(object, 0x3d), 1)?.shadow).toBe(0x3c);
    expect(shadow.check(object, 64)).toBeUndefined();
  });
});
