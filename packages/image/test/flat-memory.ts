import { VirtualMemory } from "../src/virtual.ts";

/** Memory in which addresses are physical ones, from `start` on. */
export function flatMemory(start: number, bytes: Uint8Array): VirtualMemory {
  const end = start + bytes.length;
  return new VirtualMemory({
    architecture: { ignoredTopBits: 0 },
    translatePage: (vpn) => (vpn * 4096 >= start && vpn * 4096 < end ? vpn * 4096 : -1),
    memory: {
      holds: (physical) => physical >= start && physical < end,
      read(physical, into) {
        into.fill(0);
        const there = bytes.subarray(physical - start, physical - start + into.length);
        into.set(there);
        return there.length;
      },
    },
  });
}
