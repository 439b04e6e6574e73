import { expect, test } from "vitest";
import { PointerHash, siphash } from "./pointer-hash.ts";

test("the hash is SipHash-2-4", () => {
  // The reference implementation's vector for the input 00 01 … 07 with the key 00 01 … 0f.
  expect(siphash(0x0706050403020100n, [0x0706050403020100n, 0x0f0e0d0c0b0a0908n])).toBe(0x93f5f5799a932462n);
});

test("an address has 32 bits of a hash, the same in every run with a seed", () => {
  const hash = new PointerHash(0, false);
  const address = 0xffff888000a18100n;
  expect(hash.of(address)).toBeLessThan(2n ** 32n);
  expect(hash.of(address)).toBe(new PointerHash(0, false).of(address));
  expect(hash.of(address)).not.toBe(hash.of(address + 8n));
  expect(hash.of(address)).not.toBe(new PointerHash(1, false).of(address));
});

test("no_hash_pointers prints the address", () => {
  expect(new PointerHash(0, true).of(0xffff888000a18100n)).toBe(0xffff888000a18100n);
});
