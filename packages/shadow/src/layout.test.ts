import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressOf, offsetOf, vpnOf } from "./address.ts";
import {
  addressOfShadow,
  hasShadow,
  isShadow,
  shadowLayout,
  shadowOf,
  shadowOffsetOf,
  shadowVpnOf,
  X86_64_GENERIC,
} from "./layout.ts";

const anyAddress = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const anyLayout = fc
  .record({ scaleShift: fc.integer({ min: 3, max: 7 }), offset: anyAddress })
  .map((options) => shadowLayout(options));

describe("x86-64, generic, 4 levels", () => {
  test.each([
    [0xffff888000000000n, 0xffffed1000000000n],
    [0xffffffff80000000n, 0xfffffbfff0000000n],
    [0x0n, 0xdffffc0000000000n],
    [0xffff800000000000n, 0xffffec0000000000n], // KASAN_SHADOW_START
    [0xffffffffffffffffn, 0xfffffbffffffffffn], // KASAN_SHADOW_END - 1
  ])("the shadow of %s is %s", (address, shadow) => {
    expect(shadowOf(X86_64_GENERIC, address)).toBe(shadow);
    expect(addressOfShadow(X86_64_GENERIC, shadow)).toBe(address - (address % 8n));
  });

  test("knows which addresses are shadow", () => {
    expect(isShadow(X86_64_GENERIC, 0xffffec0000000000n)).toBe(true);
    expect(isShadow(X86_64_GENERIC, 0xfffffbffffffffffn)).toBe(true);
    expect(isShadow(X86_64_GENERIC, 0xffffec0000000000n - 1n)).toBe(false);
    expect(isShadow(X86_64_GENERIC, 0xfffffc0000000000n)).toBe(false);
    expect(isShadow(X86_64_GENERIC, 0xdffffc0000000000n)).toBe(false);
  });

  test("knows which addresses have shadow", () => {
    expect(hasShadow(X86_64_GENERIC, 0xffff800000000000n)).toBe(true);
    expect(hasShadow(X86_64_GENERIC, 0xffff7fffffffffffn)).toBe(false);
  });
});

test("arm64 with software tags: the end of memory is the end of shadow", () => {
  const layout = shadowLayout({ scaleShift: 4, offset: 0xefff800000000000n, memoryStart: 0xffff000000000000n });
  expect(layout.granule).toBe(16);
  expect(shadowOf(layout, 0xffff000000000000n)).toBe(0xffff700000000000n);
  expect(shadowOf(layout, 0xffffffffffffffffn)).toBe(0xffff7fffffffffffn);
});

describe("any layout", () => {
  test("all addresses of a granule share a shadow byte, whose memory starts at that granule", () => {
    fc.assert(
      fc.property(anyLayout, anyAddress, (layout, address) => {
        const start = address - (address % BigInt(layout.granule));
        const shadow = shadowOf(layout, address);
        expect(shadowOf(layout, start)).toBe(shadow);
        expect(addressOfShadow(layout, shadow)).toBe(start);
      }),
    );
  });

  test("numbers and BigInts agree", () => {
    fc.assert(
      fc.property(anyLayout, anyAddress, (layout, address) => {
        const vpn = vpnOf(address);
        const offset = offsetOf(address);
        const shadow = addressOf(shadowVpnOf(layout, vpn, offset), shadowOffsetOf(layout, vpn, offset));
        expect(shadow).toBe(shadowOf(layout, address));
        expect(shadowVpnOf(layout, vpn, offset)).toBe(vpnOf(shadow));
      }),
      { numRuns: 1000 },
    );
  });
});

test("shadow that leaves the top of the address space goes on at 0", () => {
  const layout = shadowLayout({ scaleShift: 3, offset: 2n ** 64n - 4096n });
  expect(shadowOf(layout, 0x8000n)).toBe(0n);
  expect([shadowVpnOf(layout, 8, 0), shadowOffsetOf(layout, 8, 0)]).toEqual([0, 0]);
  expect(shadowVpnOf(layout, 7, 4095)).toBe(2 ** 52 - 1);
});

test("refuses what no shadow can be", () => {
  const refused = (options: Parameters<typeof shadowLayout>[0], code: string) =>
    expect(() => shadowLayout(options)).toThrow(expect.objectContaining({ code }));
  refused({ scaleShift: 2, offset: 0n }, "SHADOW_LAYOUT");
  refused({ scaleShift: 8, offset: 0n }, "SHADOW_LAYOUT");
  refused({ scaleShift: 3.5, offset: 0n }, "SHADOW_LAYOUT");
  refused({ scaleShift: 3, offset: -1n }, "ADDRESS_RANGE");
  refused({ scaleShift: 3, offset: 0n, memoryStart: 1n }, "SHADOW_LAYOUT");
  refused({ scaleShift: 3, offset: 0n, memoryEnd: 0n }, "SHADOW_LAYOUT");
  refused({ scaleShift: 3, offset: 0n, memoryEnd: 2n ** 64n + 1n }, "SHADOW_LAYOUT");
});
