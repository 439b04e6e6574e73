import { ranges, type Tables } from "@kasan/mmu";
import { type KernelFacts, type Platform, physicalOf } from "@kasan/platform";
import { x86Regions } from "./layout.ts";

/** Symbols that only a kernel with KASAN has. */
const NO_SHADOW = { shadowStart: 0xffffec0000000000n, shadowEnd: 0xffffec0000000000n - 1n } as const;

/**
 * The platform of a kernel without KASAN: no shadow, and its regions where memory KASLR put them (`kernel_randomize_memory` in
 * arch/x86/mm/kaslr.c; kernels with KASAN leave them in their places). The direct map is found in the page tables, vmalloc space and
 * vmemmap are named by VMCOREINFO; what is not found is taken to be at its usual place.
 */
export function placed(platform: Platform, tables: Tables, info: KernelFacts | undefined): Platform {
  const { levels, layout } = platform;
  const five = levels.length === 5;
  const pageOffset = directMapOf(tables) ?? layout.pageOffset;
  const vmallocStart = info?.number("VMALLOC_START") ?? layout.vmallocStart;
  const vmemmap = info?.symbol("vmemmap") ?? layout.vmemmap;
  const moved = {
    ...layout,
    ...NO_SHADOW,
    pageOffset,
    // At most MAXMEM, but no further than the next region: KASLR makes the direct map as large as memory needs.
    directMapEnd: vmallocStart - 1n,
    vmallocStart,
    vmallocEnd: vmallocStart + layout.vmallocEnd - layout.vmallocStart,
    vmemmap,
  };
  const size = 1n << (five ? 49n : 40n);
  const ordered =
    pageOffset < vmallocStart && moved.vmallocEnd < vmemmap && vmemmap + size - 1n <= 0xfffffe0000000000n - 1n;
  if (ordered) return { ...platform, layout: moved, regions: x86Regions(five ? 5 : 4, moved) };
  const usual = { ...layout, ...NO_SHADOW };
  return { ...platform, layout: usual, regions: x86Regions(five ? 5 : 4, usual) };
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
