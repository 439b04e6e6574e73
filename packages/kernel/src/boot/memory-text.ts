import { inUnits } from "@kasan/platform";

/** An amount of memory as people give it: `128T`; in bytes where it is no whole number of kilobytes. */
export function memoryText(bytes: number): string {
  const inBytes = !Number.isSafeInteger(bytes) || bytes <= 0 || bytes % 1024 !== 0;
  return inBytes ? `${bytes} bytes` : inUnits(BigInt(bytes), "BKMGTP");
}
