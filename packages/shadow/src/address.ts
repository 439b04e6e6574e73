import { ShadowError } from "./error.ts";

/** log2 of {@link PAGE_SIZE}. */
export const PAGE_SHIFT = 12;

/** Bytes in a page: the unit of a virtual page number (vpn), on every architecture. */
export const PAGE_SIZE = 4096;

/** How many pages a 64-bit address space has: 2^52, so that every vpn is exact in a `number`. */
export const PAGES = 2 ** 52;

/** How many addresses there are: 2^64. */
export const ADDRESSES = 1n << 64n;

/** Spells a number for people: `0xffff888000000000`, `-0x1`. */
export function hex(value: bigint | number): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

/** How many bits the addresses of a kernel have. */
export type AddressBits = 32 | 64;

/**
 * Spells an address as a kernel log does (`%px`): 16 lower-case hex digits, or 8 if the kernel's have 32 bits. Takes the low 64 bits of
 * `address`.
 */
export function formatAddress(address: bigint, bits: AddressBits = 64): string {
  return truncateAddress(address)
    .toString(16)
    .padStart(bits / 4, "0");
}

/** Spells an address in a sentence or in JSON: `0x` and then the same digits. */
export function spellAddress(address: bigint, bits: AddressBits = 64): string {
  return `0x${formatAddress(address, bits)}`;
}

/**
 * The checked constructor: returns `value` if it is an address, 0 … 2^64-1.
 *
 * @throws {@link ShadowError} `ADDRESS_RANGE` if it is not.
 */
export function checkAddress(value: bigint): bigint {
  const address = tryAddress(value);
  if (address === undefined) {
    throw new ShadowError("ADDRESS_RANGE", `${hex(value)} is not a 64-bit address; use 0 … 2^64-1`);
  }
  return address;
}

/** The trying constructor: `value` if it is an address, 0 … 2^64-1, else `undefined`. */
export function tryAddress(value: bigint): bigint | undefined {
  return value >= 0n && value < ADDRESSES ? value : undefined;
}

/** The truncating constructor: `value` modulo 2^64, so that `-1n` is the last address. */
export function truncateAddress(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

/**
 * Reads an address written in hex, with or without `0x`.
 *
 * @throws {@link ShadowError} `ADDRESS_SYNTAX` if `text` is not hex, `ADDRESS_RANGE` if it has more than 64 bits.
 */
export function parseAddress(text: string): bigint {
  const digits = /^(?:0x)?([0-9a-f]+)$/i.exec(text.trim())?.[1];
  if (digits === undefined) {
    throw new ShadowError("ADDRESS_SYNTAX", `"${text}" is not an address; write hex digits, like ffff888000000000`);
  }
  return checkAddress(BigInt(`0x${digits}`));
}

/** The virtual page number of `address` (0 … 2^64-1): 0 … 2^52-1, exact. */
export function vpnOf(address: bigint): number {
  return Number(address >> 12n);
}

/** The offset of `address` in its page: 0 … 4095. */
export function offsetOf(address: bigint): number {
  return Number(address & 0xfffn);
}

/** {@link vpnOf} for an address in two 32-bit halves (each signed or unsigned, as wasm and `DataView` give them). */
export function vpnFromHalves(lo: number, hi: number): number {
  return (hi >>> 0) * 2 ** 20 + (lo >>> PAGE_SHIFT);
}

/** The address at byte `offset` (any integer) of page `vpn`; the inverse of {@link vpnOf} and {@link offsetOf}. */
export function addressOf(vpn: number, offset: number): bigint {
  return truncateAddress((BigInt(vpn) << 12n) + BigInt(offset));
}
