/** `1 byte`, `2 bytes`. */
export function plural(count: number | bigint, what: string): string {
  return `${count} ${what}${BigInt(count) === 1n ? "" : "s"}`;
}
