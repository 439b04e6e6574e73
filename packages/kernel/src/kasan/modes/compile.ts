import type { KasanMode } from "@kasan/shadow";
import type { CompileChoice } from "./mode.ts";

/** KASAN's kernel configuration: the options of every mode, and the mode's own. */
export const kasanConfig = (mode: KasanMode, own: readonly string[]): readonly string[] => [
  "CONFIG_KASAN=1",
  `CONFIG_KASAN_${mode.toUpperCase()}=1`,
  ...own,
  "CONFIG_KASAN_VMALLOC=1",
  "CONFIG_KASAN_EXTRA_INFO=1",
  "CONFIG_CC_HAS_KASAN_MEMINTRINSIC_PREFIX=1",
  "CONFIG_KASAN_KUNIT_TEST_MODULE=1",
];

/** Configuration of instrumentation and shadow, for modes that have them. */
export const shadowConfig = ({ instrument, shadowOffset }: CompileChoice): readonly string[] => [
  `CONFIG_KASAN_${instrument.toUpperCase()}=1`,
  "CONFIG_KASAN_STACK=1",
  // Enabled by default (mm/Kconfig.debug).
  "CONFIG_SLUB_RCU_DEBUG=1",
  `CONFIG_KASAN_SHADOW_OFFSET=0x${shadowOffset.toString(16)}UL`,
];
