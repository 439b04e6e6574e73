import { PageFlags } from "@kasan/mmu";
import {
  ACCESS_OK,
  type AccessResult,
  createFound,
  isByteAccessible,
  KASAN_TAG_KERNEL,
  shadowInit,
  unpoisonIn,
  vpnFromHalves,
} from "@kasan/shadow";
import { PLAIN_POINTERS } from "../../mm/pointers.ts";
import type { KmemCache } from "../../mm/slab/cache.ts";
import type { SlabService } from "../../mm/slab/service.ts";
import { MIN_ALIGN } from "../../mm/slab/sizes.ts";
import { checkRange } from "../generic/check-range.ts";
import { type Mechanism, mechanismsBut, poisonTable } from "../generic/mechanisms.ts";
import { Quarantine, type QuarantineClient, quarantineStateBytes } from "../generic/quarantine.ts";
import { GenericReport } from "../generic/report.ts";
import { GenericObjectHooks, placeMeta } from "../generic/slab-hooks.ts";
import { poisonPages, poisonPagesByScheme } from "../page-hooks.ts";
import { GRANULE } from "../shadow/direct-map.ts";
import { Tracks } from "../tracks.ts";
import { kasanConfig, shadowConfig } from "./compile.ts";
import type { ModeMachine } from "./machine.ts";
import {
  type CompileRules,
  type KasanPageHooks,
  type Mode,
  type ModeSetup,
  PARAMETERS_OF_ALL_MODES,
  type SavePaths,
} from "./mode.ts";
import { SoftwareMode } from "./software.ts";

/** Kernel functions that save stacks with objects. */
export const GENERIC_SAVES: SavePaths = {
  allocation: ["kasan_save_track"],
  free: ["kasan_save_track", "kasan_save_free_info"],
};

/** Running generic KASAN (mm/kasan/generic.c): a shadow byte per 8 bytes, redzones, a quarantine. */
class GenericMode extends SoftwareMode {
  readonly mechanisms: ReadonlySet<Mechanism>;
  readonly pointers = PLAIN_POINTERS;
  readonly style = "style";
  readonly saves = GENERIC_SAVES;
  readonly pages: KasanPageHooks;
  readonly objects: GenericObjectHooks;
  readonly report: GenericReport;
  private readonly found = createFound();

  constructor(machine: ModeMachine, setup: ModeSetup) {
    super(machine, setup, poisonTable(setup.without), shadowInit("generic"));
    const { ram, pages } = machine;
    const { direct: shadow } = this.shadow;
    this.mechanisms = mechanismsBut(...setup.without);
    const parts = { shadow, pages };
    this.pages = setup.byPage ? poisonPagesByScheme(parts, () => this.shadow.byPage) : poisonPages(parts);
    const tracks = new Tracks(machine, this.mechanisms.has("tracks"));
    const quarantine = this.mechanisms.has("quarantine") ? quarantineOf(machine, setup) : undefined;
    this.objects = new GenericObjectHooks({ ram, shadow, tracks, quarantine, mechanisms: this.mechanisms });
    this.report = new GenericReport(machine, this.shadow);
  }

  protected override look(low: number, high: number, size: number): AccessResult {
    const { layout, pages } = this.shadow;
    return checkRange(this.machine.space, layout, pages, vpnFromHalves(low, high), low & 0xfff, size, this.found);
  }

  override isGoodAfterAll(low: number, high: number, size: number): boolean {
    const { byPage } = this.shadow;
    const physical = byPage ? this.machine.directMap.physical(low, high) : -1;
    if (!byPage || physical < 0) return false;
    return byPage.isGood(physical, size) || this.look(low, high, size) === ACCESS_OK;
  }

  override isByteAccessible(pointer: bigint): boolean {
    const byte = this.byteAt(pointer);
    return byte >= 0 && isByteAccessible(byte);
  }

  override set(address: bigint, size: number, value: number): void {
    this.fill(address, size, value);
  }

  override unpoison(address: bigint, size: number): void {
    const fill = (index: number, granules: number, value: number) =>
      this.fill(address + BigInt(index * GRANULE), granules * GRANULE, value);
    unpoisonIn({ fill }, 0, size, GRANULE);
  }

  override unpoisonArea(): number {
    // The scheme of vmalloc space has already unpoisoned it.
    return KASAN_TAG_KERNEL;
  }

  override pointerTo(address: bigint): bigint {
    return address;
  }

  override randomTag(): number {
    return KASAN_TAG_KERNEL;
  }
}

function quarantineOf(machine: ModeMachine, { arena, pageSize }: ModeSetup): Quarantine {
  const { ram, cpus, architecture } = machine;
  const client = new SlabOfMachine(machine, pageSize);
  return new Quarantine(ram, arena.reserve(quarantineStateBytes(cpus)), architecture.layout.pageOffset, client);
}

/** The machine's slab allocator, which is created after its quarantine. */
class SlabOfMachine implements QuarantineClient {
  readonly cpus: number;
  readonly cpu: number;
  private readonly machine: ModeMachine;
  private readonly pageSize: number;
  private slab: SlabService | undefined;

  constructor(machine: ModeMachine, pageSize: number) {
    this.machine = machine;
    this.pageSize = pageSize;
    this.cpus = machine.cpus;
    this.cpu = machine.cpu.id;
  }

  get totalBytes(): number {
    return this.machine.buddy.totalPages * this.pageSize;
  }

  cacheOfObject(object: number): KmemCache | undefined {
    this.slab ??= this.machine.slab;
    return this.slab.cacheOfObject(object);
  }

  release(cache: KmemCache, object: number): void {
    this.slab ??= this.machine.slab;
    this.slab.release(cache, object);
  }
}

const COMPILE: CompileRules = {
  config: (choice) => kasanConfig("generic", shadowConfig(choice)),
  instrument: ({ instrument, shadowOffset, useAfterScope, stack }) => ({
    compiler: [
      "-fsanitize=kernel-address",
      "-fsanitize-recover=kernel-address",
      ...(useAfterScope ? ["-fsanitize-address-use-after-scope"] : []),
    ],
    llvm: [
      `-asan-instrumentation-with-call-threshold=${instrument === "outline" ? 0 : 1_000_000}`,
      `-asan-stack=${stack ? 1 : 0}`,
      "-asan-globals=1",
      "-asan-instrument-dynamic-allocas=1",
      `-asan-mapping-offset=0x${shadowOffset.toString(16)}`,
      "-asan-kernel-mem-intrinsic-prefix=1",
      ...(useAfterScope ? [] : ["-asan-use-after-scope=0"]),
    ],
  }),
  instrumented: ["__SANITIZE_ADDRESS__=1"],
};

/** CONFIG_KASAN_GENERIC. */
export const GENERIC: Mode = {
  name: "generic",
  title: "KASAN generic",
  tags: undefined,
  needsTopByteIgnored: false,
  hasMechanisms: true,
  hasShadowSchemes: true,
  bootParameters: ["kasan.fault", "kasan_multi_shot", ...PARAMETERS_OF_ALL_MODES],
  granule: GRANULE,
  tagStorage: 0,
  quarantine: true,
  depot: true,
  stackRing: false,
  slab: { align: MIN_ALIGN, placeMeta },
  memoryFlags: PageFlags.KERNEL,
  arenaBytes: () => 0,
  compile: COMPILE,
  start: (machine, setup) => new GenericMode(machine, setup),
};
