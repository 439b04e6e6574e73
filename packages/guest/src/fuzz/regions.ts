import type { Machine } from "@kasan/kernel";
import { KASAN_SLAB_REDZONE } from "@kasan/shadow";
import type { InputLayout } from "./encoding.ts";

/**
 * Makes the regions of an input what they stand for: lets their pointers lead to regions, and poisons what is between these.
 *
 * @param input - a pointer to the input
 * @param length - its bytes
 * @returns pointers to the first region, and to the array of regions
 */
export function connectRegions(
  machine: Machine,
  { regionArray, padding, payload, regions, relocations }: InputLayout,
  input: bigint,
  length: number,
): [bigint, bigint] {
  const first = input + BigInt(payload);
  const placeOf = (region: number, offset = 0) => first + BigInt(regions[region].offset + offset);
  for (const { region, offset, target } of relocations) {
    const value = BigUint64Array.of(target === undefined ? 0n : BigInt.asUintN(64, placeOf(target)));
    machine.guestMemory.write(placeOf(region, offset), new Uint8Array(value.buffer));
  }
  let end = first - BigInt(padding);
  for (const [i, { size }] of regions.entries()) {
    poison(machine, end, placeOf(i));
    end = placeOf(i, size);
  }
  poison(machine, end, input + BigInt(length));
  return [placeOf(0), input + BigInt(regionArray)];
}

/** Poisons what is between two addresses. Granules of which a part stays accessible are poisoned as far as the mode can say so. */
function poison({ kasan, options }: Machine, from: bigint, to: bigint): void {
  const { mode } = kasan;
  const partial = options.mode === "generic";
  // KASAN_GRANULE_SIZE (mm/kasan/kasan.h)
  const granule = partial ? 8n : 16n;
  const [start, end] = [mode.pointers.address(from), mode.pointers.address(to)];
  const head = start % granule;
  if (head > 0n && partial) mode.unpoison(start - head, Number(head));
  const whole = head > 0n ? start - head + granule : start;
  const size = Number(end - (end % granule) - whole);
  if (size > 0) mode.fill(whole, size, KASAN_SLAB_REDZONE);
}
