import { type Evidence, type Identified, type Platform, physicalOf, searchKernelRoot } from "@kasan/platform";
import type { KasanMode } from "@kasan/shadow";
import { type Riscv64Levels, vaBitsOf } from "./layout.ts";
import { riscv64 } from "./paging.ts";

const DEPTHS: readonly Riscv64Levels[] = [5, 4, 3];

/**
 * Finds the page tables of riscv64: those that the kernel names (`swapper_pg_dir`), else by search. No note of a core holds satp.
 * `undefined` if there are none.
 */
export function identifyRiscv64(evidence: Evidence): Identified | undefined {
  const { hints, memory } = evidence;
  const facts = evidence.facts();
  const formatOf = (levels: Riscv64Levels): Platform =>
    riscv64({ levels, ...optional("modulesStart", facts?.number("MODULES_VADDR")) });
  const tablesOf = (levels: Riscv64Levels, root: number) => ({ architecture: formatOf(levels), memory, roots: [root] });
  const place = (levels: Riscv64Levels, root: number, rootFrom: string): Identified => {
    const tables = tablesOf(levels, root);
    const kasan = hints.kasan ?? kasanOf(tables);
    return { platform: platformFor(tables.architecture, kasan), roots: [root], rootFrom, kasan, warnings: [] };
  };
  const depths = depthsOf(evidence);
  if (hints.root !== undefined) {
    const { root } = hints;
    const fits = depths.find((levels) => physicalOf(tablesOf(levels, root), formatOf(levels).layout.pageOffset) >= 0);
    return place(fits ?? depths[0]!, root, "given");
  }
  const address = facts?.symbol("swapper_pg_dir");
  const offset = facts?.number("va_kernel_pa_offset");
  if (address !== undefined && offset !== undefined) {
    const root = Number(BigInt.asIntN(64, address - offset));
    const fits = depths.find((levels) => memory.holds(root) && physicalOf(tablesOf(levels, root), address) === root);
    if (fits) return place(fits, root, "VMCOREINFO's swapper_pg_dir");
  }
  for (const levels of depths) {
    const root = searchKernelRoot(memory, formatOf(levels), (kernel) => [kernel]);
    if (root !== undefined) return place(levels, root, "search");
  }
  return undefined;
}

const optional = <Name extends string, Value>(name: Name, value: Value | undefined) =>
  value === undefined ? {} : ({ [name]: value } as Record<Name, Value>);

/** How deep tables can be: as said, as the kernel says, or any. */
function depthsOf({ hints, facts }: Evidence): Riscv64Levels[] {
  const { levels } = hints.choice;
  if (levels !== undefined) return DEPTHS.filter((depth) => String(depth) === levels);
  const bits = facts()?.number("VA_BITS");
  const said = DEPTHS.filter((depth) => bits === BigInt(vaBitsOf(depth)));
  return said.length > 0 ? said : [...DEPTHS];
}

/** Whether the direct map has shadow. */
function kasanOf(tables: Parameters<typeof physicalOf>[0]): KasanMode | "off" {
  const { layout } = tables.architecture;
  const shadow = BigInt.asUintN(64, (layout.pageOffset >> 3n) + layout.shadowOffset);
  return physicalOf(tables, shadow) >= 0 ? "generic" : "off";
}

/** The platform of a kernel with KASAN or without: then it has no shadow. */
function platformFor(platform: Platform, kasan: KasanMode | "off"): Platform {
  if (kasan !== "off") return platform;
  const layout = { ...platform.layout, shadowEnd: platform.layout.shadowStart - 1n };
  const regions = platform.regions.map((region) =>
    region.name === "KASAN shadow" ? { ...region, name: "hole", description: "unused", kind: "hole" as const } : region,
  );
  return { ...platform, layout, regions };
}
