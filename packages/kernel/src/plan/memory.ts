import { type Architecture, countTables, type MappedPages } from "@kasan/mmu";
import type { MakePageScheme } from "@kasan/shadow";
import { CountedScheme, type MakeScheme, type UnusedShadow } from "@kasan/vmalloc";
import { bootMappings, type MemoryMap, memoryMap } from "../boot/memory-map.ts";
import { modulesScheme, shadowLayoutOf, shadowParts } from "../boot/shadow.ts";
import type { Mode } from "../kasan/modes/mode.ts";
import { EarlyShadow } from "../kasan/shadow/early.ts";
import type { ShadowPart } from "../kasan/shadow/parts.ts";
import { ownShadowOf } from "./pages.ts";
import { bootSlabPages } from "./slab.ts";

/** RAM used by boot before anything runs. Pages unless the name says otherwise. */
export interface BootPlan {
  /** The layout of RAM. */
  readonly map: MemoryMap;
  /** Page tables at each level, excluding those shared by the early shadow. */
  readonly tables: readonly number[];
  /** Shared pages of the early shadow: the mapped page, and the tables that map it. */
  readonly earlyShadow: number;
  /** Slabs that boot fills. */
  readonly slabs: number;
  /** Under a per-page scheme, the page shared by memory without shadow of its own. */
  readonly blackPage: number;
  /** Under a per-page scheme, shadow of the slabs if they are in one block; one or two pages more if they are not. */
  readonly ownShadow: number;
  /** Pages given to the page allocator. */
  readonly managed: number;
  /** Free pages left. */
  readonly free: number;
  /** Backing of the shadow, from its first page to its last; empty in modes without shadow. */
  readonly shadowParts: readonly ShadowPart[];
}

/** Input of {@link planBoot}. */
export interface PlannedMachine {
  /** The processor, with the layout for `mode`. */
  readonly architecture: Architecture;
  /** Size of RAM in bytes. */
  readonly bytes: number;
  /** KASAN's mode. */
  readonly mode: Mode;
  /** Number of CPUs. */
  readonly cpus: number;
  /** How vmalloc space is backed with shadow. */
  readonly make: MakeScheme;
  /** Selects the pages of the direct map that have shadow; undefined: all. */
  readonly pages?: MakePageScheme | undefined;
}

/** Plans the memory that boot uses. */
export function planBoot({ architecture, bytes, mode, cpus, make, pages }: PlannedMachine): BootPlan {
  const { granule } = mode;
  const pageSize = 2 ** architecture.pageShift;
  const map = memoryMap(architecture, bytes, pages ? pageSize : granule);
  const parts = granule === 0 ? [] : shadowParts(architecture, shadowLayoutOf(architecture));
  const unused = unusedShadow(make, architecture.layout.shadowScaleShift);
  // Page by page, because the displaced shadow does not fill larger pages.
  const direct = pages
    ? { bytes: bytes / granule, physical: pageSize }
    : { bytes: map.directShadowBytes, physical: map.directShadow };
  const mapped = [...bootMappings(architecture, map), ...parts.flatMap((part) => mappingOf(part, direct, unused))];
  const tables = countTables(architecture, mapped);
  const copies = parts.length === 0 ? 0 : 1 + Object.values(unused).filter((shows) => shows === "poison").length;
  const earlyShadow = copies * EarlyShadow.pages(architecture);
  const slabs = bootSlabPages(mode, cpus, pageSize);
  const blackPage = pages ? 1 : 0;
  const ownShadow = pages ? ownShadowOf(pages, slabs) : 0;
  const managed = map.free.reduce((sum, [from, to]) => sum + to - from, 0);
  const taken = tables.reduce((sum, count) => sum + count, 0) + earlyShadow + slabs + blackPage + ownShadow;
  return { map, tables, earlyShadow, slabs, blackPage, ownShadow, managed, free: managed - taken, shadowParts: parts };
}

/** The mapping of unused shadow in the two spaces whose shadow is allocated with their areas. */
type Unused = Readonly<Record<"vmalloc" | "modules", UnusedShadow>>;

function unusedShadow(make: MakeScheme, scaleShift: number): Unused {
  const { scheme } = new CountedScheme(make, scaleShift);
  const modules = new CountedScheme(modulesScheme(make, scheme), scaleShift);
  return { vmalloc: scheme.unused, modules: modules.scheme.unused };
}

/** The part of a shadow range that is mapped at boot. */
function mappingOf(
  { vpn, end, backing }: ShadowPart,
  direct: { readonly bytes: number; readonly physical: number },
  unused: Unused,
): MappedPages[] {
  if (backing === "direct") return [{ vpn, pages: direct.bytes / 4096, physical: direct.physical }];
  if (backing === "early") return [{ vpn, pages: end - vpn }];
  if (backing === "image" || unused[backing] === "unmapped") return [];
  return [{ vpn, pages: end - vpn }];
}
