import type { Tables } from "@kasan/mmu";
import {
  type Evidence,
  hasUserSpace,
  type Identified,
  type Platform,
  physicalOf,
  searchKernelRoot,
} from "@kasan/platform";
import type { KasanMode } from "@kasan/shadow";
import { qemuCpus } from "./core.ts";
import { placed } from "./kaslr.ts";
import { x86_64 } from "./paging.ts";

/** `__START_KERNEL_map`. */
const KERNEL_MAP = 0xffffffff80000000n;
/** `CR4.LA57`. */
const LA57 = 1n << 12n;

/**
 * Finds the page tables of x86-64: those that the kernel names (`swapper_pg_dir`), else CR3 of the first CPU, else by search.
 * `undefined` if there are none.
 */
export function identifyX86(evidence: Evidence): Identified | undefined {
  const { hints, memory } = evidence;
  const cpus = qemuCpus(evidence.notes);
  const candidates = depths(evidence, cpus[0]?.cr4);
  const place = (depth: 4 | 5, root: number, rootFrom: string, warnings: string[] = []): Identified => {
    const facts = evidence.facts();
    const platform = formatOf(depth, facts?.number("KERNEL_IMAGE_SIZE") === 2n ** 30n);
    const tables = { architecture: platform, memory, roots: [root] };
    const kasan = hints.kasan ?? kasanOf(tables);
    const where = kasan === "off" ? placed(platform, tables, evidence) : { platform, warnings: [] };
    return {
      platform: where.platform,
      roots: [root],
      rootFrom,
      kasan,
      warnings: [...warnings, ...where.warnings],
    };
  };
  if (hints.root !== undefined) {
    const { root } = hints;
    const fits = candidates.find((depth) => mapsItself({ architecture: formatOf(depth), memory, roots: [root] }));
    return place(fits ?? candidates[0]!, root, "given");
  }

  for (const depth of candidates) {
    const root = swapper(evidence, depth);
    if (root !== undefined) return place(depth, root, "VMCOREINFO's swapper_pg_dir");
  }
  const cr3 = cpus[0] && Number(cpus[0].cr3 & 0xf_ffff_ffff_f000n);
  if (cr3 !== undefined && memory.holds(cr3)) {
    const note = "the root is that of the process that ran: its user space is listed too";
    const depth = candidates[0]!;
    const empty = !hasUserSpace({ architecture: formatOf(depth), memory, roots: [cr3] }, cr3);
    return place(depth, cr3, "CR3 of CPU 0", empty ? [] : [note]);
  }
  for (const depth of candidates) {
    const root = searchKernelRoot(memory, formatOf(depth), (kernel) => [kernel]);
    if (root !== undefined) return place(depth, root, "search");
  }
  return undefined;
}

/** Real machines have addresses of up to 52 bits, whatever the depth. `movable`: with room for KASLR. */
const formatOf = (levels: 4 | 5, movable = false): Platform =>
  x86_64({ levels, physicalBits: 52, kernelImageBytes: movable ? 2 ** 30 : 2 ** 29 });

/** How deep tables can be: as said, as CR4 says, as the kernel says, or either. */
function depths({ hints, facts }: Evidence, cr4: bigint | undefined): (4 | 5)[] {
  const { levels } = hints.choice;
  if (levels !== undefined) return [levels === "5" ? 5 : 4];
  if (cr4 !== undefined) return [cr4 & LA57 ? 5 : 4];
  const five = facts()?.number("pgtable_l5_enabled");
  return five === undefined ? [4, 5] : [five === 1n ? 5 : 4];
}

/** The kernel's own root table, if it is named and maps itself. */
function swapper({ facts, memory }: Evidence, depth: 4 | 5): number | undefined {
  const info = facts();
  const address = info?.symbol("swapper_pg_dir");
  if (info === undefined || address === undefined) return undefined;
  const root = Number(BigInt.asIntN(64, address - KERNEL_MAP + (info.number("phys_base") ?? 0n)));
  const tables = { architecture: formatOf(depth), memory, roots: [root] };
  return memory.holds(root) && physicalOf(tables, address) === root ? root : undefined;
}

/** Whether the direct map, at its usual place, has the root table. */
function mapsItself(tables: Tables): boolean {
  const root = tables.roots[0]!;
  return physicalOf(tables, tables.architecture.layout.pageOffset + BigInt(Math.trunc(root))) === root;
}

/** Whether the direct map has shadow. */
function kasanOf(tables: Tables): KasanMode | "off" {
  const { layout } = tables.architecture;
  const shadow = BigInt.asUintN(64, (layout.pageOffset >> 3n) + layout.shadowOffset);
  return physicalOf(tables, shadow) >= 0 ? "generic" : "off";
}
