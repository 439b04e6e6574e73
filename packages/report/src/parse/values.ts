/** Up to 16 hex digits as a number. */
export function hexToBigint(digits: string): bigint {
  return BigInt(`0x${digits}`);
}

/** An address as logs write it; `undefined` for anything else. */
export function addressOf(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  if (text === "(null)") return 0n;
  return /^(?:0x)?[0-9a-f]{1,16}$/.test(text) ? hexToBigint(text.replace(/^0x/, "")) : undefined;
}

/** Decimal digits: a bigint if a number cannot hold them. */
export function toSize(digits: string): number | bigint {
  const size = Number(digits);
  return Number.isSafeInteger(size) ? size : BigInt(digits);
}
