/** A byte in hexadecimal digits; dashes if there is none. */
export const byteText = (byte: number): string => (byte < 0 ? "--" : byte.toString(16).padStart(2, "0"));

/** An address as kernels print it. */
export const addressText = (address: bigint): string => address.toString(16).padStart(16, "0");

/** An address that a person wrote; undefined if it is none. */
export function addressIn(text: string): bigint | undefined {
  const digits = /^\s*(?:0x)?([0-9a-f]{1,16})\s*$/i.exec(text)?.[1];
  return digits === undefined ? undefined : BigInt(`0x${digits}`);
}
