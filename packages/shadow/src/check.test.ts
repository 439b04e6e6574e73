import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressOf, offsetOf, PAGE_SIZE, truncateAddress, vpnOf } from "./address.ts";
import {
  ACCESS_BAD,
  ACCESS_OK,
  ACCESS_SHADOW_FAULT,
  allocSize,
  checkAccess,
  createFound,
  firstBad,
  isAccessible,
  isByteAccessible,
  type ShadowPages,
  shadowByteAt,
} from "./check.ts";
import { shadowLayout, X86_64_GENERIC } from "./layout.ts";
import { shadowView } from "./scan.ts";

const bytesOf = (row: string) => Uint8Array.from(row.split(" "), (byte) => Number.parseInt(byte, 16));

const mod = (value: number, by: number) => ((value % by) + by) % by;

/** The definition, byte by byte: which accesses are bad, and what the kernel calls their first bad address. */
const NOT_BAD = Number.NEGATIVE_INFINITY;
function reference(shadow: (granule: number) => number, start: number, size: number, granule: number): number {
  const end = start + size;
  let bad = false;
  for (let at = start; at < end; at++) {
    const value = (shadow(Math.floor(at / granule)) << 24) >> 24;
    if (value !== 0 && mod(at, granule) >= value) bad = true;
  }
  if (!bad) return NOT_BAD;
  let at = start;
  while (at < end && shadow(Math.floor(at / granule)) === 0) at += granule;
  return at;
}

/** Shadow that is mostly accessible, with partial granules where a kernel can have them and elsewhere. */
const anyShadow = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 7 }) },
    { weight: 1, arbitrary: fc.constantFrom(0xff, 0xfc, 0xfb, 0xf1, 0x80) },
  ),
  { minLength: 80, maxLength: 80 },
);
const anySize = fc.oneof(fc.constantFrom(1, 2, 4, 8, 16), fc.integer({ min: 0, max: 300 }));

describe("firstBad", () => {
  test("agrees with a look at each byte, for any size and alignment", () => {
    fc.assert(
      fc.property(anyShadow, fc.nat(320), anySize, fc.constantFrom(8, 16), (shadow, start, size, granule) => {
        const expected = reference((index) => shadow[index]!, start, size, granule);
        const view = shadowView(Uint8Array.from(shadow));
        const answer = firstBad(view, Math.floor(start / granule), start % granule, size, granule);
        expect(answer < 0 ? NOT_BAD : start + answer).toBe(expected);
      }),
      { numRuns: 3000 },
    );
  });

  // A row of a real 6.12, from kasan_test's kasan_stack_oob: the frame starts at the row's first byte.
  const stack = shadowView(bytesOf("01 f2 00 f2 f2 f2 00 02 f2 f2 00 00 f3 f3 00 00"));
  test.each([
    [0, 1, -1],
    [1, 1, 0],
    [0, 2, 0],
    [2 * 8, 8, -1],
    [2 * 8 + 1, 8, 8], // crosses into f2
    [6 * 8, 10, -1], // ends on the last good byte of a partial granule
    [6 * 8, 11, 8],
    [0x3a, 1, 0], // what the test read: the 3rd byte of a granule of 2
    [10 * 8, 16, -1],
    [10 * 8 + 4, 16, 16], // the first bad address keeps the alignment of the access
  ])("at %i, %i bytes: %i", (start, size, answer) => {
    expect(firstBad(stack, Math.floor(start / 8), start % 8, size)).toBe(answer);
  });
});

/** Shadow pages of `layout` in any order, made from a map of page number to bytes; the others are not mapped. */
function pagesOf(contents: Map<number, Uint8Array>): ShadowPages {
  const bytes = new Uint8Array(contents.size * PAGE_SIZE);
  const order = [...contents.keys()].reverse();
  order.forEach((vpn, index) => {
    bytes.set(contents.get(vpn)!, index * PAGE_SIZE);
  });
  return {
    view: shadowView(bytes),
    indexOf: (vpn) => (order.includes(vpn) ? order.indexOf(vpn) * PAGE_SIZE : -1),
  };
}

const whole = (first: number, ...pages: Uint8Array[]) => pagesOf(new Map(pages.map((page, i) => [first + i, page])));

const OFFSET = 0xdffffc0000000000n;

describe("checkAccess", () => {
  const found = createFound();

  test("agrees with a look at each byte, across shadow pages, at any shadow offset", () => {
    const anyCase = fc.record({
      scaleShift: fc.constantFrom(3, 4),
      odd: fc.array(fc.tuple(fc.integer({ min: -40, max: 40 }), fc.constantFrom(1, 4, 7, 0xfc, 0xff)), {
        maxLength: 4,
      }),
      start: fc.integer({ min: -300, max: 300 }),
      size: anySize,
      skew: fc.constantFrom(0, 5),
    });
    fc.assert(
      fc.property(anyCase, ({ scaleShift, odd, start, size, skew }) => {
        const layout = shadowLayout({ scaleShift, offset: OFFSET - BigInt(skew) });
        const { granule } = layout;
        // Granule 0 of the test is `base`; with no skew, its shadow is the first byte of the second page.
        const base = 0xffff888000000000n;
        const pages = [new Uint8Array(PAGE_SIZE), new Uint8Array(PAGE_SIZE)] as const;
        const shadow = new Map(odd);
        for (const [index, value] of shadow)
          pages[index < skew ? 0 : 1][(PAGE_SIZE + index - skew) % PAGE_SIZE] = value;
        const source = whole(vpnOf(truncateAddress((base >> BigInt(scaleShift)) + OFFSET)) - 1, ...pages);

        const address = base + BigInt(start);
        const expected = reference((index) => shadow.get(index) ?? 0, start, size, granule);
        const isBad = expected !== NOT_BAD;
        const result = checkAccess(layout, source, vpnOf(address), offsetOf(address), size, found);
        expect(result).toBe(isBad ? ACCESS_BAD : ACCESS_OK);
        if (isBad) {
          expect(addressOf(found.vpn, found.offset)).toBe(base + BigInt(expected));
          expect(found.shadow).toBe(shadow.get(Math.floor(expected / granule)));
          expect(shadowByteAt(layout, source, found.vpn, found.offset)).toBe(found.shadow);
        }
      }),
      { numRuns: 2000 },
    );
  });

  const base = 0xffff888000000000n;
  const shadowVpn = vpnOf(0xffffed1000000000n);
  const check = (pages: ShadowPages, address: bigint, size: number) =>
    checkAccess(X86_64_GENERIC, pages, vpnOf(address), offsetOf(address), size, found);

  test("looks at every page of a long access, wherever they lie in the buffer", () => {
    const pages = Array.from({ length: 5 }, () => new Uint8Array(PAGE_SIZE));
    pages[3]![7] = 0xfb;
    const source = whole(shadowVpn, ...pages);
    const bad = base + BigInt((3 * PAGE_SIZE + 7) * 8);
    expect(check(source, base, 5 * PAGE_SIZE * 8)).toBe(ACCESS_BAD);
    expect(addressOf(found.vpn, found.offset)).toBe(bad);
    expect(check(source, base, Number(bad - base))).toBe(ACCESS_OK);
    expect(check(source, bad + 8n, 100)).toBe(ACCESS_OK);
  });

  test("says which memory has no shadow page", () => {
    const source = whole(shadowVpn, new Uint8Array(PAGE_SIZE));
    const end = base + BigInt(PAGE_SIZE * 8);
    expect(check(source, end - 4n, 4)).toBe(ACCESS_OK);
    expect(check(source, end - 4n, 8)).toBe(ACCESS_SHADOW_FAULT);
    expect(addressOf(found.vpn, found.offset)).toBe(end + 4n);
    expect(found.shadow).toBe(-1);
    expect(shadowByteAt(X86_64_GENERIC, source, vpnOf(end), 0)).toBe(-1);
  });

  test("follows shadow that leaves the top of the address space", () => {
    const layout = shadowLayout({ scaleShift: 3, offset: 2n ** 64n - 4096n });
    const first = Uint8Array.of(0, 0xfc);
    const pages = pagesOf(new Map([[2 ** 52 - 1, new Uint8Array(PAGE_SIZE)]]).set(0, first));
    expect(checkAccess(layout, pages, 7, 4090, 10, found)).toBe(ACCESS_OK);
    expect(checkAccess(layout, pages, 7, 4090, 15, found)).toBe(ACCESS_BAD);
    expect([found.vpn, found.offset]).toEqual([8, 10]);
  });

  test("finds poison before it needs a page that is not there", () => {
    const page = new Uint8Array(PAGE_SIZE);
    page[PAGE_SIZE - 1] = 0xff;
    const end = base + BigInt(PAGE_SIZE * 8);
    expect(check(whole(shadowVpn, page), end - 16n, 2 ** 40)).toBe(ACCESS_BAD);
    expect(addressOf(found.vpn, found.offset)).toBe(end - 8n);
  });

  test.each([
    ["no bytes", 0x10n, 0, ACCESS_OK],
    ["memory below the layout's", 0x10n, 1, ACCESS_BAD],
    ["a user address", 0x7fff_0000_0000n, 8, ACCESS_BAD],
    ["a negative size", base, 2 ** 64 - 1, ACCESS_BAD],
    ["the last byte there is", 0xffff_ffff_ffff_ffffn, 1, ACCESS_BAD],
  ])("%s, with no shadow at all", (_, address, size, result) => {
    const none: ShadowPages = { view: shadowView(new Uint8Array(0)), indexOf: () => -1 };
    expect(check(none, address, size)).toBe(result);
    if (result === ACCESS_BAD) expect(addressOf(found.vpn, found.offset)).toBe(address);
  });
});

test("isAccessible: shadow bytes are signed", () => {
  expect([0, 7].map((offset) => isAccessible(0, offset))).toEqual([true, true]);
  expect([2, 3].map((offset) => isAccessible(3, offset))).toEqual([true, false]);
  expect(isAccessible(0x80, 0)).toBe(false);
});

test("isByteAccessible tells a live object from a freed one", () => {
  expect([0, 3, 7].map((byte) => isByteAccessible(byte))).toEqual([true, true, true]);
  expect([8, 0xfa, 0xfb].map((byte) => isByteAccessible(byte))).toEqual([false, false, false]);
  expect(isByteAccessible(8, 16)).toBe(true);
});

test.each([
  // Objects in rows of a real 6.12: kmalloc(115) in kmalloc-128, a freed kmalloc-128, kmalloc(15) in kmalloc-16.
  ["00 00 00 00 00 00 00 00 00 00 00 00 00 00 03 fc", 128, 115],
  ["fa fb fb fb fb fb fb fb fb fb fb fb fb fb fb fb", 128, 0],
  ["00 07 fc fc fc fc fc fc fc fc fc fc fc fc fc fc", 16, 15],
  ["00 00 00 00", 32, 32],
  ["00 00 fc fc", 32, 16],
])("allocSize of %s in an object of %i is %i", (row, objectSize, size) => {
  expect(allocSize(bytesOf(row), 0, objectSize)).toBe(size);
});
