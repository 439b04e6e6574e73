import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressOf, offsetOf, PAGE_SIZE, vpnOf } from "./address.ts";
import { ACCESS_BAD, ACCESS_OK, createFound, type ShadowPages } from "./check.ts";
import { shadowLayout } from "./layout.ts";
import { shadowView } from "./scan.ts";
import {
  checkTags,
  minTag,
  resetTag,
  resetTagOfVpn,
  taggedAllocSize,
  tagOf,
  tagOfVpn,
  tagsMatch,
  withTag,
} from "./tags.ts";

const anyAddress = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const anyTag = fc.integer({ min: 0, max: 255 });

describe("pointers", () => {
  test("carry their tag in the top byte", () => {
    expect(tagOf(0xf5ff000012345678n)).toBe(0xf5);
    expect(withTag(0xffff000012345678n, 0x2a)).toBe(0x2aff000012345678n);
    expect(resetTag(0x2aff000012345678n)).toBe(0xffff000012345678n);
    expect(resetTag(0x2a00000012345678n)).toBe(0x0000000012345678n);
  });

  test("a tag that is put on is read back, and taken off again", () => {
    fc.assert(
      fc.property(anyAddress, anyTag, (address, tag) => {
        const pointer = withTag(address, tag);
        expect(tagOf(pointer)).toBe(tag);
        expect(resetTag(pointer)).toBe(resetTag(address));
        expect(tagOfVpn(vpnOf(pointer))).toBe(tag);
        expect(resetTagOfVpn(vpnOf(pointer))).toBe(vpnOf(resetTag(pointer)));
      }),
    );
  });
});

test("the kernel's tag matches all memory, another only its own", () => {
  expect(tagsMatch(0xff, 0x12)).toBe(true);
  expect(tagsMatch(0x12, 0x12)).toBe(true);
  expect(tagsMatch(0x12, 0xff)).toBe(false);
  expect(tagsMatch(0x12, 0xfe)).toBe(false);
});

test("hardware has four bits of tag, software eight", () => {
  expect([minTag("hw_tags"), minTag("sw_tags")]).toEqual([0xf0, 0]);
});

describe("checkTags", () => {
  const layout = shadowLayout({ scaleShift: 4, offset: 0xefff800000000000n, memoryStart: 0xffff000000000000n });
  const base = 0xffff000000000000n;
  const found = createFound();
  const check = (tags: number[], tag: number, start: number, size: number) => {
    const page = new Uint8Array(PAGE_SIZE).fill(0xfe);
    page.set(tags);
    const pages: ShadowPages = {
      view: shadowView(page),
      indexOf: (vpn) => (vpn === vpnOf(0xffff700000000000n) ? 0 : -1),
    };
    const address = base + BigInt(start);
    return checkTags(layout, pages, tag, vpnOf(address), offsetOf(address), size, found);
  };

  test("agrees with a look at each granule", () => {
    const anyTags = fc.array(fc.constantFrom(0x3c, 0x3c, 0x3c, 0x3c, 0x3c, 0xfe, 0x11), {
      minLength: 60,
      maxLength: 60,
    });
    fc.assert(
      fc.property(anyTags, fc.nat(400), fc.integer({ min: 1, max: 400 }), (tags, start, size) => {
        let first = start;
        while (first < start + size && tags[Math.floor(first / 16)] === 0x3c) first += 16;
        const lastGranule = Math.floor((start + size - 1) / 16);
        const isBad = Math.floor(first / 16) <= lastGranule && tags[Math.floor(first / 16)] !== 0x3c;
        expect(check(tags, 0x3c, start, size)).toBe(isBad ? ACCESS_BAD : ACCESS_OK);
        if (isBad) {
          expect(addressOf(found.vpn, found.offset)).toBe(base + BigInt(first));
          expect(found.shadow).toBe(tags[Math.floor(first / 16)]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("lets the kernel's tag pass everywhere, but not past the end of the address space", () => {
    expect(check([0x11], 0xff, 0, 64)).toBe(ACCESS_OK);
    expect(check([0x11], 0xff, 0, 2 ** 64 - 1)).toBe(ACCESS_BAD);
  });

  test("tag 0 is a tag like others", () => {
    expect(check([0, 0, 0x11], 0, 0, 32)).toBe(ACCESS_OK);
    expect(check([0, 0, 0x11], 0, 0, 33)).toBe(ACCESS_BAD);
  });
});

test("the size of an object ends at the first invalid tag", () => {
  expect(taggedAllocSize(Uint8Array.of(0x3c, 0x3c, 0xfe, 0xfe), 0, 64)).toBe(32);
  expect(taggedAllocSize(Uint8Array.of(0x3c, 0x3c, 0x3c, 0x3c), 0, 64)).toBe(64);
  expect(taggedAllocSize(Uint8Array.of(0xfe, 0xfe), 1, 16)).toBe(0);
});
