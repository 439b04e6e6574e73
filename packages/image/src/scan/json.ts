import { frameJson } from "@kasan/report";
import { type KasanMode, spellAddress } from "@kasan/shadow";
import type { Scan } from "./scan.ts";
import { meaningIn } from "./text.ts";

/** A scan as JSON. */
export function scanJson(
  { shadow, caches, holders, vmalloc, odd, oddCount, unknown }: Scan,
  kasan: KasanMode | "off",
): Record<string, unknown> {
  return {
    shadow: shadow.map(({ region, pages, granules }) => ({
      region,
      pages,
      granules: Array.from(granules, ([byte, count]) => ({ byte, count, meaning: meaningIn(byte, kasan) })),
    })),
    ...(vmalloc && { vmalloc: { shadowPages: vmalloc.pages, usedPages: vmalloc.used, areas: vmalloc.areas } }),
    caches: caches.map(({ name, objectSize, slabs, bytes, objects }) => ({
      name,
      size: objectSize,
      slabs,
      bytes,
      inUse: objects["in use"],
      inQuarantine: objects["in quarantine"],
      free: objects.free,
      unused: objects.unused,
      unknown: objects.unknown,
    })),
    holders: holders.map(({ cache, objects, bytes, frames }) => ({
      cache,
      objects,
      bytes,
      stack: frames.map(frameJson),
    })),
    odd: {
      count: oddCount,
      objects: odd.map(({ address, cache, why }) => ({ address: spellAddress(address), cache, why })),
    },
    ...(unknown.length > 0 && { unknown }),
  };
}
