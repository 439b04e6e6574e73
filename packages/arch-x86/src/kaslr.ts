import { type AddressLayout, ranges, type Tables } from "@kasan/mmu";
import { type Evidence, type Platform, physicalOf } from "@kasan/platform";
import { x86Regions } from "./layout.ts";

/** Symbols that only a kernel with KASAN has. */
const NO_SHADOW = { shadowStart: 0xffffec0000000000n, shadowEnd: 0xffffec0000000000n - 1n } as const;

/** A platform whose regions are in their places, and what of that is assumed. */
interface Placed {
  readonly platform: Platform;
  /** For people to read. */
  readonly warnings: readonly string[];
}

/**
 * The platform of a kernel without KASAN: no shadow, and its regions where memory KASLR put them (`kernel_randomize_memory` in
 * arch/x86/mm/kaslr.c; kernels with KASAN leave them in their places). The direct map is found in the page tables. Vmalloc space and
 * vmemmap are named by VMCOREINFO, or by the kernel's variables; what is not is taken to be at its usual place, and said to be.
 */
export function placed(platform: Platform, tables: Tables, { facts, variable }: Evidence): Placed {
  const { levels, layout } = platform;
  const five = levels.length === 5;
  const info = facts();
  const named = (name: string) => variable?.(tables, name);
  const pageOffset = directMapOf(tables) ?? named("page_offset_base") ?? layout.pageOffset;
  const vmallocStart = info?.number("VMALLOC_START") ?? named("vmalloc_base");
  const vmemmap = info?.symbol("vmemmap") ?? named("vmemmap_base");
  const moved = movedLayout(layout, pageOffset, vmallocStart ?? layout.vmallocStart, vmemmap ?? layout.vmemmap);
  const size = 1n << (five ? 49n : 40n);
  const ordered =
    pageOffset < moved.vmallocStart &&
    moved.vmallocEnd < moved.vmemmap &&
    moved.vmemmap + size - 1n <= 0xfffffe0000000000n - 1n;
  const usual = { ...layout, ...NO_SHADOW };
  const found = ordered ? moved : usual;
  // Where the direct map is in its place, nothing was moved.
  const isMoved = pageOffset !== layout.pageOffset;
  const isAssumed = isMoved && (!ordered || vmallocStart === undefined || vmemmap === undefined);
  return {
    platform: { ...platform, layout: found, regions: x86Regions(five ? 5 : 4, found) },
    warnings: isAssumed ? [ASSUMED] : [],
  };
}

const ASSUMED =
  "assumed: vmalloc space and vmemmap are where they usually are; memory KASLR moved the direct map, and may have moved them";

function movedLayout(layout: AddressLayout, pageOffset: bigint, vmallocStart: bigint, vmemmap: bigint): AddressLayout {
  return {
    ...layout,
    ...NO_SHADOW,
    pageOffset,
    // At most MAXMEM, but no further than the next region: KASLR makes the direct map as large as memory needs.
    directMapEnd: vmallocStart - 1n,
    vmallocStart,
    vmallocEnd: vmallocStart + layout.vmallocEnd - layout.vmallocStart,
    vmemmap,
  };
}

/** `page_offset_base`: the first stretch of kernel addresses that maps memory in its order, if it maps the root table too. */
function directMapOf(tables: Tables): bigint | undefined {
  const root = tables.roots[0]!;
  const start = tables.architecture.levels.length === 5 ? 0xff10000000000000n : 0xffff880000000000n;
  let seen = 0;
  for (const { kind, start: first, physical } of ranges(tables, start, 2n ** 64n - 1n, {
    byPhysical: true,
    aliases: "refer",
  })) {
    if (kind !== "mapped") continue;
    const base = first - BigInt(physical);
    if (physicalOf(tables, base + BigInt(Math.trunc(root))) === root) return base;
    // The LDT, if it is mapped, comes before; nothing else does.
    seen++;
    if (seen > 100) return undefined;
  }
  return undefined;
}
