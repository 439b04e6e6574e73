import type { Architecture, Region } from "@kasan/mmu";
import { addressOf, addressOfShadow, type MakePageScheme, PAGE_SIZE } from "@kasan/shadow";
import { type MakeScheme, SCHEMES } from "@kasan/vmalloc";
import { shadowLayoutOf } from "../boot/shadow.ts";
import { type QuarantineLimits, quarantineLimits } from "../kasan/generic/quarantine.ts";
import { checkPerPage, modeNamed } from "../kasan/modes/index.ts";
import type { Mode, ModeName } from "../kasan/modes/mode.ts";
import { OFF } from "../kasan/modes/off.ts";
import type { ShadowBacking } from "../kasan/shadow/parts.ts";
import { TRACK_BYTES } from "../kasan/track.ts";
import { type AreaPlan, planAreas } from "./areas.ts";
import { checkPlan } from "./check.ts";
import { type BootPlan, planBoot } from "./memory.ts";
import { checkKernelShare, DEFAULT_KERNEL_SHARE, type PageShadowPlan, planPageShadow } from "./pages.ts";
import { type ClassPlan, planClasses } from "./slab.ts";

/** Input of a plan. */
export interface PlanOptions {
  /** The processor, with the layout for `mode`. */
  readonly architecture: Architecture;
  /** Size of RAM in bytes: a multiple of 1 MB, 16 MB or more, up to the size of the direct map. */
  readonly memoryBytes: number;
  /** KASAN's mode. */
  readonly mode: ModeName;
  /** How vmalloc space is backed with shadow; `lazy` by default. Used only in modes with shadow. */
  readonly vmallocShadow?: MakeScheme;
  /** A per-page scheme for the shadow of RAM; by default a byte per granule. Used only in `generic` mode. */
  readonly shadowScheme?: MakePageScheme;
  /**
   * Under {@link shadowScheme}, the share of memory that is assumed to be kernel memory (slab, stacks, page tables), 0 to 1: 0.25
   * by default. The rest is page cache and anonymous memory.
   */
  readonly kernelShare?: number;
  /** Number of CPUs; 1 by default. */
  readonly cpus?: number;
}

/** A range of shadow and the memory it describes. Addresses; each `end` is the last byte. */
export interface ShadowStretch {
  /** First byte of shadow. */
  readonly start: bigint;
  /** Last byte of shadow. */
  readonly end: bigint;
  /** The first address that it describes. */
  readonly memoryStart: bigint;
  /** The last address that it describes. */
  readonly memoryEnd: bigint;
  /** Its backing. */
  readonly backing: ShadowBacking;
}

/** A memory cost of KASAN, in bytes. */
export interface PlannedCost {
  /** One or two words, stable, for programs: `shadow`, `page tables`. */
  readonly name: string;
  /** Size in bytes. */
  readonly bytes: number;
  /** Where the memory is: in RAM; in RAM in a real kernel but not in the machine, which keeps it elsewhere; or outside RAM. */
  readonly where: "ram" | "kernel" | "beside";
  /** Short description. */
  readonly what: string;
}

/** A kernel's address space, and KASAN's cost before anything runs. */
export interface Plan {
  /** Regions of the address space, including gaps. */
  readonly regions: readonly Region[];
  /** Backing of the shadow; empty in modes without shadow. */
  readonly shadow: readonly ShadowStretch[];
  /** Memory used by boot with KASAN. */
  readonly boot: BootPlan;
  /** Memory used by boot without KASAN. */
  readonly plain: BootPlan;
  /** KASAN's memory costs. */
  readonly costs: readonly PlannedCost[];
  /** The kmalloc caches. */
  readonly classes: readonly ClassPlan[];
  /** Limits of the quarantine; undefined in modes without one. */
  readonly quarantine: QuarantineLimits | undefined;
  /** The shadow of RAM under a per-page scheme, once memory is in use; undefined without one. */
  readonly pageShadow: PageShadowPlan | undefined;
  /** Areas of vmalloc space; empty in modes without shadow. */
  readonly areas: readonly AreaPlan[];
}

/**
 * Size of the stack depot's table in a kernel with KASAN: number of buckets times bytes per bucket (STACK_BUCKET_NUMBER_ORDER_MAX
 * of lib/stackdepot.c).
 */
const DEPOT_TABLE_BYTES = 2 ** 20 * 16;
/** KASAN_STACK_RING_SIZE_DEFAULT of mm/kasan/tags.c entries: pointer, size, track, and a padded flag. */
const STACK_RING_BYTES = 2 ** 15 * (8 + 8 + TRACK_BYTES + 8);

/**
 * Plans a machine as `Machine` would boot it, with the same functions but without its RAM: constant time and memory, whatever the
 * size.
 *
 * @throws {@link KernelError} `CONFIG` for options that no kernel can have
 */
export function plan(options: PlanOptions): Plan {
  const { architecture, memoryBytes, vmallocShadow = SCHEMES.lazy, cpus = 1 } = options;
  const { shadowScheme: wanted, kernelShare = DEFAULT_KERNEL_SHARE } = options;
  const mode = modeNamed(options.mode);
  checkPlan(architecture, mode, memoryBytes);
  checkKernelShare(kernelShare);
  if (wanted) checkPerPage(mode);
  const { granule, quarantine } = mode;
  const shadowScheme = granule === 0 ? undefined : wanted;
  const pageSize = 2 ** architecture.pageShift;
  const machine = { architecture, bytes: memoryBytes, cpus, make: vmallocShadow };
  const boot = planBoot({ ...machine, mode, pages: shadowScheme });
  const plain = planBoot({ ...machine, mode: OFF });
  const { vmallocStart, shadowScaleShift } = architecture.layout;
  return {
    regions: architecture.regions,
    shadow: stretches(architecture, boot),
    boot,
    plain,
    costs: costs(mode, memoryBytes, pageSize, boot, plain),
    pageShadow:
      shadowScheme &&
      planPageShadow(
        shadowScheme,
        { managed: boot.managed, pageSize, pshadow: boot.map.directShadowBytes, memoryBytes },
        kernelShare,
      ),
    classes: planClasses(mode, cpus, pageSize),
    quarantine: quarantine ? quarantineLimits(boot.managed * pageSize, cpus) : undefined,
    areas:
      granule === 0
        ? []
        : planAreas(vmallocShadow, Number(vmallocStart / BigInt(pageSize)), shadowScaleShift, pageSize),
  };
}

function stretches(architecture: Architecture, { shadowParts }: BootPlan): ShadowStretch[] {
  const shadow = shadowLayoutOf(architecture);
  return shadowParts.map(({ vpn, end, backing }) => {
    const start = addressOf(vpn, 0);
    const last = addressOf(end - 1, PAGE_SIZE - 1);
    const memoryEnd = addressOfShadow(shadow, last) + BigInt(shadow.granule - 1);
    return { start, end: last, memoryStart: addressOfShadow(shadow, start), memoryEnd, backing };
  });
}

function costs(mode: Mode, memoryBytes: number, pageSize: number, boot: BootPlan, plain: BootPlan): PlannedCost[] {
  const { granule, tagStorage, stackRing, depot } = mode;
  const tables = (one: BootPlan) => one.tables.reduce((sum, count) => sum + count, 0);
  const all: PlannedCost[] = [
    ...shadowCosts(granule, pageSize, boot),
    {
      name: "early shadow",
      bytes: boot.earlyShadow * pageSize,
      where: "ram",
      what: "shared pages, and shared tables that show them",
    },
    {
      name: "page tables",
      bytes: (tables(boot) - tables(plain)) * pageSize,
      where: "ram",
      what: "that map the shadow",
    },
    {
      name: "slabs",
      bytes: (boot.slabs - plain.slabs) * pageSize,
      where: "ram",
      what: "more for the objects of boot, which are larger",
    },
    {
      name: "stack ring",
      bytes: stackRing ? STACK_RING_BYTES : 0,
      where: "kernel",
      what: "stacks of the last objects",
    },
    {
      name: "stack depot",
      bytes: depot ? DEPOT_TABLE_BYTES : 0,
      where: "kernel",
      what: "its table, whatever the memory",
    },
    {
      name: "tag storage",
      bytes: tagStorage === 0 ? 0 : memoryBytes / tagStorage,
      where: "beside",
      what: "4 bits for 16 bytes",
    },
  ];
  return all.filter(({ bytes }) => bytes !== 0);
}

/** Costs of the shadow of RAM. */
function shadowCosts(granule: number, pageSize: number, { map, blackPage, ownShadow }: BootPlan): PlannedCost[] {
  const { directShadowBytes: bytes } = map;
  if (blackPage === 0) return [{ name: "shadow", bytes, where: "ram", what: `of RAM, a byte for ${granule}` }];
  return [
    { name: "shadow", bytes: ownShadow * pageSize, where: "ram", what: `of the slabs of boot, a byte for ${granule}` },
    { name: "pshadow", bytes, where: "ram", what: "set aside for the marks, a byte for each page" },
    {
      name: "black page",
      bytes: blackPage * pageSize,
      where: "ram",
      what: "what memory without shadow of its own can share",
    },
  ];
}
