import { AllocationTags, MEMORY_TYPE_SHIFT, MemoryType, PageFlags, UniformPages } from "@kasan/mmu";
import { ACCESS_OK, type AccessResult, KASAN_TAG_KERNEL, resetTag, tagOf, tagsMatch, withTag } from "@kasan/shadow";
import { Gfp } from "../../mm/gfp.ts";
import { type PageDescriptors, PGTY_SLAB } from "../../mm/page-descriptors.ts";
import { TAGGED_POINTERS } from "../../mm/pointers.ts";
import { mechanismsBut } from "../generic/mechanisms.ts";
import { tagSomePages } from "../page-hooks.ts";
import { Mte } from "../tags/mte.ts";
import { TagReport } from "../tags/report.ts";
import { TagObjectHooks, type TagObjectParts } from "../tags/slab-hooks.ts";
import { STACK_RING_BYTES, StackRing } from "../tags/stack-ring.ts";
import { TagStorage } from "../tags/tag-storage.ts";
import { HW_TAG_RULES, TAG_GRANULE, TagSource, tagCount, tagTable } from "../tags/tags.ts";
import { Tracks } from "../tracks.ts";
import { kasanConfig } from "./compile.ts";
import type { ModeMachine } from "./machine.ts";
import {
  type KasanPageHooks,
  type Mode,
  type ModeReport,
  type ModeSetup,
  type ModeStatistics,
  PARAMETERS_OF_ALL_MODES,
  type RunningMode,
} from "./mode.ts";
import { NOTHING } from "./off.ts";
import { TAG_SAVES } from "./sw-tags.ts";

/** Bytes of memory per byte of the memory controller's tag storage: a tag is 4 bits for 16 bytes. */
const TAG_STORAGE = 32;

/** Running KASAN with hardware tags (mm/kasan/hw_tags.c): arm64 MTE, without shadow or instrumentation. */
class HwTagsMode implements RunningMode {
  readonly enabled = true;
  readonly hasShadow = false;
  // This mode does not have CONFIG_SLUB_RCU_DEBUG.
  readonly mechanisms = mechanismsBut("rcu-delay");
  readonly pointers = TAGGED_POINTERS;
  readonly style = "tagsStyle";
  readonly saves = TAG_SAVES;
  readonly pages: KasanPageHooks;
  readonly objects: HwTagsObjectHooks;
  readonly hardware: Mte;
  readonly report: ModeReport;
  // The pages of an area get the area's tag instead.
  readonly areaGfp = Gfp.SKIP_KASAN;
  private readonly machine: ModeMachine;
  private readonly setup: ModeSetup;
  private readonly source: TagSource;
  private readonly table = tagTable();

  constructor(machine: ModeMachine, setup: ModeSetup) {
    const { ram, cpus, cpu, counters, pages } = machine;
    const { arena, boot, tlb, parameters } = setup;
    this.machine = machine;
    this.setup = setup;
    const storage = AllocationTags.reserve(ram, arena, boot.booting);
    // With several CPUs, an access by one could fall between a tag change and the flush by another.
    if (cpus === 1) storage.uniform = UniformPages.reserve(ram, arena, storage, tlb);
    this.hardware = new Mte(machine, storage, parameters);
    const shadow = new TagStorage(ram, storage, this.table);
    const tags = new TagSource(counters, setup.seed, HW_TAG_RULES);
    this.source = tags;
    this.pages = tagSomePages({ shadow, pages }, tags, parameters, cpu);
    const ring = new StackRing(ram, arena.reserve(STACK_RING_BYTES, { align: 8, noted: true }), machine.locks.ring);
    const { stacktrace } = parameters;
    const parts = { shadow, tags, ring, tracks: new Tracks(machine), stacktrace, delaysFrees: false };
    this.objects = new HwTagsObjectHooks(parts, pages);
    this.report = new TagReport(machine, {
      mode: "hw_tags",
      ring,
      byteAt: (address) => this.byteAt(address),
      hasMetadata: (address) => this.hasMetadata(address),
      // The processor reports only the start of the access.
      firstBad: ({ address }) => resetTag(address),
    });
  }

  layOutShadow(): void {}

  announce(): void {
    const { mode, vmalloc, stacktrace, writeOnly } = this.setup.parameters;
    const state = (on: boolean) => (on ? "on" : "off");
    const settings = [`mode=${mode}`, `vmalloc=${state(vmalloc)}`, `stacktrace=${state(stacktrace)}`];
    // Printed as in kernels that have this option.
    if (writeOnly) settings.push("write_only=on");
    this.machine.printk.line(6, `kasan: KernelAddressSanitizer initialized (hw-tags, ${settings.join(", ")})`);
    this.hardware.start();
  }

  vmallocShadow(): undefined {
    return undefined;
  }

  shadowPage(): number {
    return -1;
  }

  translateShadow(): number {
    return -1;
  }

  hasMetadata(address: bigint): boolean {
    const { architecture, directMap } = this.machine;
    const { vmallocStart, vmallocEnd } = architecture.layout;
    if (address >= vmallocStart && address <= vmallocEnd) return true;
    return directMap.physical(Number(address & 0xffffffffn), Number(address >> 32n)) >= 0;
  }

  byteAt(address: bigint): number {
    return this.hardware.tagAt(address);
  }

  fill(address: bigint, size: number, value: number): void {
    this.hardware.setTags(address, size, this.table[value]);
  }

  set(address: bigint, size: number, tag: number): void {
    this.hardware.setTags(address, size, tag);
  }

  fillShadow(): void {}

  unpoison(address: bigint, size: number): void {
    this.hardware.setTags(address, size, tagOf(address));
  }

  unpoisonArea(vpn: number, bytes: number, own: boolean): number {
    // Areas over pages they do not own get no hardware tag.
    if (!own || !this.setup.parameters.vmalloc) return KASAN_TAG_KERNEL;
    const tag = this.source.random();
    this.hardware.tagArea(vpn, bytes, tag);
    return tag;
  }

  pointerTo(address: bigint): bigint {
    return withTag(address, this.byteAt(address));
  }

  randomTag(): number {
    return this.source.random();
  }

  check(): AccessResult {
    // The processor does the checking.
    return ACCESS_OK;
  }

  isGoodAfterAll(): boolean {
    return false;
  }

  isByteAccessible(pointer: bigint): boolean {
    const byte = this.byteAt(pointer);
    return byte >= 0 && tagsMatch(tagOf(pointer), byte);
  }

  statistics(): ModeStatistics {
    const tagStorage = this.machine.ram.size / TAG_STORAGE;
    return { directShadow: 0, pageShadow: undefined, tagStorage, slowChecks: 0 };
  }
}

/** Slab hooks for hardware tags. */
class HwTagsObjectHooks extends TagObjectHooks {
  private readonly descriptors: PageDescriptors;
  private readonly pageSize: number;

  constructor(parts: TagObjectParts, descriptors: PageDescriptors) {
    super(parts);
    this.descriptors = descriptors;
    this.pageSize = 2 ** descriptors.pageShift;
  }

  override pointerTag(object: number): number {
    const { descriptors } = this;
    const pfn = Math.floor(object / this.pageSize);
    // Pages may be untagged, whatever tags their memory had before.
    const ofPages = descriptors.type(descriptors.head(pfn)) !== PGTY_SLAB;
    return ofPages ? descriptors.tag(pfn) : this.tagOf(object);
  }
}

/** CONFIG_KASAN_HW_TAGS. */
export const HW_TAGS: Mode = {
  name: "hw_tags",
  title: "KASAN hw_tags",
  tags: { count: tagCount(HW_TAG_RULES), without: ["globals", "the stack"] },
  needsTopByteIgnored: true,
  hasMechanisms: false,
  hasShadowSchemes: false,
  bootParameters: [
    ...PARAMETERS_OF_ALL_MODES,
    "kasan",
    "kasan.mode",
    "kasan.vmalloc",
    "kasan.write_only",
    "kasan.page_alloc.sample",
    "kasan.page_alloc.sample.order",
    "kasan.stacktrace",
    "kasan.fault",
    "kasan_multi_shot",
  ],
  granule: 0,
  tagStorage: TAG_STORAGE,
  quarantine: false,
  depot: true,
  stackRing: true,
  slab: { align: TAG_GRANULE, placeMeta: undefined },
  // Normal-Tagged memory (PAGE_KERNEL_TAGGED).
  memoryFlags: PageFlags.KERNEL | (MemoryType.TAGGED << MEMORY_TYPE_SHIFT),
  arenaBytes: (memoryBytes) =>
    STACK_RING_BYTES + AllocationTags.bytes(memoryBytes) + UniformPages.bytes(memoryBytes) + 64,
  compile: {
    config: () => kasanConfig("hw_tags", ["CONFIG_ARM64_MTE=1"]),
    instrument: () => ({ compiler: [], llvm: [] }),
    instrumented: [],
  },
  start: (machine, setup) => (setup.parameters.enabled ? new HwTagsMode(machine, setup) : NOTHING),
};
