import { PageFlags } from "@kasan/mmu";
import { ACCESS_OK, KASAN_TAG_KERNEL } from "@kasan/shadow";
import { PLAIN_POINTERS } from "../../mm/pointers.ts";
import { NO_OBJECT_HOOKS } from "../../mm/slab/hooks.ts";
import { MIN_ALIGN } from "../../mm/slab/sizes.ts";
import { NO_PAGE_HOOKS } from "../page-hooks.ts";
import { GENERIC_SAVES } from "./generic.ts";
import { type Mode, type ModeReport, PARAMETERS_OF_ALL_MODES, type RunningMode } from "./mode.ts";
import { NO_HARDWARE_TAGS } from "./no-hardware.ts";

/** A report part that is never used. */
const NO_REPORT: ModeReport = {
  granule: 8,
  firstBad: ({ address }) => address,
  examine: () => ({ bugType: "unknown-crash", describe: () => ({}) }),
  tags: () => ({}),
  frame: () => undefined,
};

/** The running mode of a kernel without KASAN: it does nothing and finds nothing. */
export const NOTHING: RunningMode = {
  enabled: false,
  hasShadow: false,
  mechanisms: new Set(),
  pointers: PLAIN_POINTERS,
  style: "style",
  saves: GENERIC_SAVES,
  pages: NO_PAGE_HOOKS,
  objects: NO_OBJECT_HOOKS,
  hardware: NO_HARDWARE_TAGS,
  report: NO_REPORT,
  areaGfp: 0,
  layOutShadow() {},
  announce() {},
  vmallocShadow: () => undefined,
  shadowPage: () => -1,
  translateShadow: () => -1,
  hasMetadata: () => false,
  byteAt: () => KASAN_TAG_KERNEL,
  fill() {},
  set() {},
  fillShadow() {},
  unpoison() {},
  unpoisonArea: () => KASAN_TAG_KERNEL,
  pointerTo: (address) => address,
  randomTag: () => KASAN_TAG_KERNEL,
  check: () => ACCESS_OK,
  isGoodAfterAll: () => true,
  isByteAccessible: () => true,
  statistics: () => ({ directShadow: 0, pageShadow: undefined, tagStorage: 0, slowChecks: 0 }),
};

/** A kernel without KASAN. */
export const OFF: Mode = {
  name: "off",
  title: "no KASAN",
  tags: undefined,
  needsTopByteIgnored: false,
  hasMechanisms: true,
  hasShadowSchemes: true,
  bootParameters: PARAMETERS_OF_ALL_MODES,
  granule: 0,
  tagStorage: 0,
  quarantine: false,
  depot: false,
  stackRing: false,
  slab: { align: MIN_ALIGN, placeMeta: undefined },
  memoryFlags: PageFlags.KERNEL,
  arenaBytes: () => 0,
  compile: {
    config: () => [],
    instrument: () => ({ compiler: [], llvm: [] }),
    instrumented: [],
  },
  start: () => NOTHING,
};
