import type { Tables } from "@kasan/mmu";
import {
  type Evidence,
  type Identified,
  isTaggedMemory,
  type KernelFacts,
  type Platform,
  physicalOf,
  searchKernelRoot,
} from "@kasan/platform";
import type { KasanMode } from "@kasan/shadow";
import { arm64Regions } from "./layout.ts";
import { type Arm64Options, arm64Format } from "./options.ts";
import { arm64 } from "./paging.ts";
import { PAGE_SIZES } from "./plugin-options.ts";

/** Granule and width of each kernel that arch/arm64/Kconfig allows, the likely ones first. */
const CONFIGURATIONS: readonly (readonly [pageSize: NonNullable<Arm64Options["pageSize"]>, vaBits: number])[] = [
  [4096, 48],
  [4096, 39],
  [65536, 48],
  [65536, 42],
  [16384, 47],
  [16384, 48],
  [4096, 52],
  [65536, 52],
  [16384, 52],
  [16384, 36],
];

/**
 * Finds the page tables of arm64, those of TTBR1_EL1: the ones that the kernel names (`swapper_pg_dir`), else by search.
 * Those of TTBR0_EL1, user space's, are one process's and nothing names them - QEMU's notes hold the general registers alone -, so that
 * they are given or unknown. `undefined` if there are none.
 */
export function identifyArm64(evidence: Evidence): Identified | undefined {
  const { hints, memory } = evidence;
  const info = evidence.facts();
  const place = (shape: Arm64Options, root: number, rootFrom: string): Identified => {
    const kasan = hints.kasan ?? kasanOf(evidence, shape, root);
    return {
      platform: placed({ ...shape, kasan }, info),
      roots: [hints.userRoot ?? Number.NaN, root],
      rootFrom,
      kasan,
      warnings: [],
    };
  };
  const shapes = shapesOf(evidence);
  if (hints.root !== undefined) {
    const { root } = hints;
    const fits = shapes.find(
      (shape) => physicalOf(tablesOf(evidence, shape, root), arm64(shape).layout.pageOffset) >= 0,
    );
    return place(fits ?? shapes[0]!, root, "given");
  }
  const address = info?.symbol("swapper_pg_dir");
  const offset = info?.number("kimage_voffset");
  if (address !== undefined && offset !== undefined) {
    const root = Number(BigInt.asIntN(64, address - offset));
    const fits = shapes.find((shape) => physicalOf(tablesOf(evidence, shape, root), address) === root);
    if (fits) return place(fits, root, "VMCOREINFO's swapper_pg_dir");
  }
  for (const shape of shapes) {
    const root = searchKernelRoot(memory, arm64(shape), (kernel) => [Number.NaN, kernel]);
    if (root !== undefined && memory.holds(root)) return place(shape, root, "search");
  }
  return undefined;
}

/**
 * The platform, with modules, vmalloc space and vmemmap where VMCOREINFO says that they are: they have moved from version to version
 * (`arch_crash_save_vmcoreinfo` in arch/arm64/kernel/vmcore_info.c).
 */
function placed(options: Arm64Options, info: KernelFacts | undefined): Platform {
  const platform = arm64(options);
  const { layout } = platform;
  const said = (name: string, usual: bigint) => info?.number(name) ?? usual;
  const moved = {
    ...layout,
    moduleStart: said("MODULES_VADDR", layout.moduleStart),
    moduleEnd: said("MODULES_END", layout.moduleEnd + 1n) - 1n,
    vmallocStart: said("VMALLOC_START", layout.vmallocStart),
    vmallocEnd: said("VMALLOC_END", layout.vmallocEnd + 1n) - 1n,
    vmemmap: said("VMEMMAP_START", layout.vmemmap),
  };
  const bounds = [moved.moduleStart, moved.moduleEnd, moved.vmallocStart, moved.vmallocEnd, moved.vmemmap];
  const ordered = bounds.every((bound, i) => i === 0 || bounds[i - 1]! < bound) && moved.moduleStart > layout.shadowEnd;
  return ordered ? { ...platform, layout: moved, regions: arm64Regions(arm64Format(options), moved) } : platform;
}

/** The possible table formats: as the user says, as the kernel says, or all that Kconfig allows. */
function shapesOf({ hints, facts }: Evidence): Arm64Options[] {
  const info = facts();
  const { choice } = hints;
  const number = (name: string) => {
    const value = info?.number(name);
    return value === undefined ? undefined : Number(value);
  };
  const said = number("PAGESIZE") ?? Number(info?.text("PAGESIZE"));
  const chosen = choice["page-size"];
  const pageSize = chosen === undefined ? known(said, ([size]) => size) : PAGE_SIZES[chosen];
  const bits = choice["va-bits"];
  const vaBits = bits === undefined ? known(number("VA_BITS"), ([, width]) => width) : Number(bits);
  const width = number("TCR_EL1_T1SZ");
  const actual = choice["va-bits"] === undefined && width !== undefined && vaBits === 52 ? 64 - width : undefined;
  const allowed = CONFIGURATIONS.filter(([size, bits]) => (pageSize ?? size) === size && (vaBits ?? bits) === bits).map(
    ([size, bits]) => ({ pageSize: size, vaBits: bits }),
  );
  const other = {
    ...(pageSize !== undefined && { pageSize }),
    ...(vaBits !== undefined && { vaBits }),
  } as Arm64Options;
  const shapes: Arm64Options[] = allowed.length > 0 ? allowed : [other];
  return shapes.flatMap((shape) => {
    if (actual !== undefined && actual !== 52) return [{ ...shape, actualVaBits: actual }];
    return shape.vaBits === 48 && shape.pageSize === 65536 ? [shape, { ...shape, physicalBits: 52 }] : [shape];
  });
}

/** What the kernel says of itself, if a kernel of arm64 can: others have a `VA_BITS` too. */
function known(said: number | undefined, of: (shape: (typeof CONFIGURATIONS)[number]) => number): number | undefined {
  return CONFIGURATIONS.some((shape) => of(shape) === said) ? said : undefined;
}

function tablesOf({ memory }: Evidence, shape: Arm64Options, root: number): Tables {
  return { architecture: arm64(shape), memory, roots: [Number.NaN, root] };
}

/**
 * Which mode's shadow is mapped where the linear map starts. Generic mode's, the larger one, contains that of the tags. Without either,
 * a linear map of memory with hardware tags tells that pointers may have them.
 */
function kasanOf(evidence: Evidence, shape: Arm64Options, root: number): KasanMode | "off" {
  for (const kasan of ["generic", "sw_tags"] as const) {
    const tables = tablesOf(evidence, { ...shape, kasan }, root);
    if (physicalOf(tables, tables.architecture.layout.shadowStart) >= 0) return kasan;
  }
  const tables = tablesOf(evidence, { ...shape, kasan: "hw_tags" }, root);
  if (!isTaggedMemory(tables, tables.architecture.layout.pageOffset)) return "off";
  // A processor that has tags gets such a map from any kernel (`pgprot_tagged` in arch/arm64/mm/mmu.c); only one with KASAN has its key.
  const variable = (name: string) => evidence.variable?.(tables, name);
  const key = variable("kasan_flag_enabled");
  if (key !== undefined) return BigInt.asIntN(32, key) > 0n ? "hw_tags" : "off";
  return variable("init_task") === undefined ? "hw_tags" : "off";
}
