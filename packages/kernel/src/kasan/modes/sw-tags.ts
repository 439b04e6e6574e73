import { PageFlags } from "@kasan/mmu";
import {
  type AccessResult,
  checkTags,
  createFound,
  hasShadow,
  resetTag,
  shadowInit,
  tagOf,
  tagsMatch,
  vpnFromHalves,
  withTag,
} from "@kasan/shadow";
import { TAGGED_POINTERS } from "../../mm/pointers.ts";
import { mechanismsBut } from "../generic/mechanisms.ts";
import { tagPages } from "../page-hooks.ts";
import { firstMismatch, TagReport } from "../tags/report.ts";
import { TagObjectHooks } from "../tags/slab-hooks.ts";
import { STACK_RING_BYTES, StackRing } from "../tags/stack-ring.ts";
import { SW_TAG_RULES, TAG_GRANULE, TagSource, tagCount, tagTable } from "../tags/tags.ts";
import { Tracks } from "../tracks.ts";
import { kasanConfig, shadowConfig } from "./compile.ts";
import type { ModeMachine } from "./machine.ts";
import {
  type CompileRules,
  type KasanPageHooks,
  type Mode,
  type ModeReport,
  type ModeSetup,
  PARAMETERS_OF_ALL_MODES,
  type SavePaths,
} from "./mode.ts";
import { SoftwareMode } from "./software.ts";

/** Kernel functions that save stacks in the stack ring. */
export const TAG_SAVES: SavePaths = {
  allocation: ["save_stack_info", "kasan_save_alloc_info"],
  free: ["save_stack_info", "kasan_save_free_info"],
};

/**
 * Running KASAN with software tags (mm/kasan/sw_tags.c): pointers have a tag in their top byte, the shadow has one per 16 bytes.
 */
class SwTagsMode extends SoftwareMode {
  readonly mechanisms = mechanismsBut();
  readonly pointers = TAGGED_POINTERS;
  readonly style = "tagsStyle";
  readonly saves = TAG_SAVES;
  readonly pages: KasanPageHooks;
  readonly objects: TagObjectHooks;
  readonly report: ModeReport;
  private readonly source: TagSource;
  private readonly found = createFound();

  constructor(machine: ModeMachine, setup: ModeSetup) {
    super(machine, setup, tagTable(), shadowInit("sw_tags"));
    const { ram, counters, pages } = machine;
    const { direct: shadow } = this.shadow;
    const tags = new TagSource(counters, setup.seed, SW_TAG_RULES);
    this.source = tags;
    this.pages = tagPages({ shadow, pages }, tags);
    const ring = new StackRing(
      ram,
      setup.arena.reserve(STACK_RING_BYTES, { align: 8, noted: true }),
      machine.locks.ring,
    );
    const { stacktrace } = setup.parameters;
    const tracks = new Tracks(machine);
    this.objects = new TagObjectHooks({ shadow, tags, ring, tracks, stacktrace, delaysFrees: true });
    this.report = new TagReport(machine, {
      mode: "sw_tags",
      ring,
      byteAt: (address) => this.byteAt(address),
      hasMetadata: (address) => this.hasMetadata(address),
      firstBad: (incident) => {
        const address = resetTag(incident.address);
        if (incident.kind === "Free" || !hasShadow(this.shadow.layout, address)) return address;
        return firstMismatch(incident, (at) => this.byteAt(at));
      },
    });
  }

  protected override look(low: number, high: number, size: number): AccessResult {
    const { layout, pages } = this.shadow;
    const vpn = vpnFromHalves(low, this.pointers.untag(high));
    return checkTags(layout, pages, this.pointers.tagOf(high), vpn, low & 0xfff, size, this.found);
  }

  override isByteAccessible(pointer: bigint): boolean {
    const byte = this.byteAt(pointer);
    return byte >= 0 && tagsMatch(tagOf(pointer), byte);
  }

  override set(address: bigint, size: number, tag: number): void {
    this.shadow.tag(resetTag(address), size, tag);
  }

  override unpoison(address: bigint, size: number): void {
    this.set(address, size, tagOf(address));
  }

  override unpoisonArea(vpn: number, bytes: number): number {
    const tag = this.source.random();
    this.shadow.tag(this.machine.kernelPages.addressOf(vpn), bytes, tag);
    return tag;
  }

  override pointerTo(address: bigint): bigint {
    return withTag(address, this.byteAt(address));
  }

  override randomTag(): number {
    return this.source.random();
  }
}

/**
 * Prefix of the check functions for software tags with inline checks. Clang's inline code ends in a trap or in a call with an
 * arm64-specific convention; for WebAssembly it supports neither. So clang emits calls here too, and the rewriter replaces them by
 * inline code.
 */
export const INLINE_TAGS = "__hwasan_inline_";

const COMPILE: CompileRules = {
  config: (choice) => kasanConfig("sw_tags", shadowConfig(choice)),
  instrument: ({ instrument, stack }) => ({
    compiler: ["-fsanitize=kernel-hwaddress", "-fsanitize-recover=kernel-hwaddress"],
    llvm: [
      "-hwasan-instrument-with-calls=1",
      `-hwasan-instrument-stack=${stack ? 1 : 0}`,
      "-hwasan-use-short-granules=0",
      "-hwasan-inline-all-checks=0",
      "-hwasan-kernel-mem-intrinsic-prefix=1",
      ...(instrument === "inline" ? [`-hwasan-memory-access-callback-prefix=${INLINE_TAGS}`] : []),
    ],
  }),
  // Matches the kernel's compiler-clang.h, for both sanitizers.
  instrumented: ["__SANITIZE_ADDRESS__=1"],
};

/** CONFIG_KASAN_SW_TAGS. */
export const SW_TAGS: Mode = {
  name: "sw_tags",
  title: "KASAN sw_tags",
  // The compiler tags stack variables but not globals.
  tags: { count: tagCount(SW_TAG_RULES), without: ["globals"] },
  needsTopByteIgnored: true,
  hasMechanisms: false,
  hasShadowSchemes: false,
  bootParameters: ["kasan.stacktrace", "kasan.fault", "kasan_multi_shot", ...PARAMETERS_OF_ALL_MODES],
  granule: TAG_GRANULE,
  tagStorage: 0,
  quarantine: false,
  depot: true,
  stackRing: true,
  slab: { align: TAG_GRANULE, placeMeta: undefined },
  memoryFlags: PageFlags.KERNEL,
  arenaBytes: () => STACK_RING_BYTES,
  compile: COMPILE,
  start: (machine, setup) => new SwTagsMode(machine, setup),
};
