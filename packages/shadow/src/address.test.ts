import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addressOf,
  checkAddress,
  formatAddress,
  hex,
  offsetOf,
  parseAddress,
  spellAddress,
  truncateAddress,
  tryAddress,
  vpnFromHalves,
  vpnOf,
} from "./address.ts";
import { ShadowError } from "./error.ts";

const anyAddress = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe("constructors of an address", () => {
  test("take the first and the last address", () => {
    for (const address of [0n, 2n ** 64n - 1n]) {
      expect(checkAddress(address)).toBe(address);
      expect(tryAddress(address)).toBe(address);
      expect(truncateAddress(address)).toBe(address);
    }
  });

  test.each([[-1n], [2n ** 64n]])("%s: checked throws, trying gives nothing, truncating wraps", (value) => {
    expect(() => checkAddress(value)).toThrow(ShadowError);
    expect(() => checkAddress(value)).toThrow(expect.objectContaining({ code: "ADDRESS_RANGE" }));
    expect(() => checkAddress(value)).toThrow(hex(value));
    expect(tryAddress(value)).toBeUndefined();
    expect(truncateAddress(value)).toBe(value < 0n ? 2n ** 64n - 1n : 0n);
  });
});

describe("spelling", () => {
  test("is the kernel's", () => {
    expect(formatAddress(0xffff888000a59873n)).toBe("ffff888000a59873");
    expect(formatAddress(0x1000n)).toBe("0000000000001000");
    expect(formatAddress(0x1000n, 32)).toBe("00001000");
    expect(spellAddress(0x1000n)).toBe("0x0000000000001000");
    expect(hex(-255)).toBe("-0xff");
    expect(hex(0xffn)).toBe("0xff");
  });

  test("is read back, with and without 0x", () => {
    fc.assert(fc.property(anyAddress, (a) => parseAddress(formatAddress(a)) === a && parseAddress(hex(a)) === a));
  });

  test.each(["", "0x", "ffff8880000z", "-1"])("refuses %j", (text) => {
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: "ADDRESS_SYNTAX" }));
  });

  test("refuses more than 64 bits", () => {
    expect(() => parseAddress("1ffff888000000000")).toThrow(expect.objectContaining({ code: "ADDRESS_RANGE" }));
  });
});

describe("page numbers", () => {
  test("are exact for every address", () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        expect(BigInt(vpnOf(address))).toBe(address >> 12n);
        expect(addressOf(vpnOf(address), offsetOf(address))).toBe(address);
      }),
    );
  });

  test("come from halves, signed or not", () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        const lo = Number(address & 0xffffffffn);
        const hi = Number(address >> 32n);
        expect(vpnFromHalves(lo, hi)).toBe(vpnOf(address));
        expect(vpnFromHalves(lo | 0, hi | 0)).toBe(vpnOf(address));
      }),
    );
  });

  test("take offsets beyond a page, and wrap at 2^64", () => {
    expect(addressOf(1, 4096)).toBe(0x2000n);
    expect(addressOf(2 ** 52 - 1, 4096)).toBe(0n);
  });
});
