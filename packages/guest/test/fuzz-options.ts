import { arm64 } from "@kasan/arch-arm64";
import { x86_64 } from "@kasan/arch-x86";
import { bootParameters, type ModeName } from "@kasan/kernel";
import type { Platform } from "@kasan/platform";
import type { FuzzOptions } from "../src/index.ts";
import { cache } from "./harness.ts";

/** Options of a session that fuzzes some files. */
export function fuzzOptions(
  files: string[],
  more: Partial<FuzzOptions> = {},
  mode: ModeName = "generic",
  architecture: Platform = mode === "generic" ? x86_64({ levels: 4 }) : arm64({ vaBits: 48, topByteIgnore: true }),
): FuzzOptions {
  return {
    files,
    machine: {
      architecture,
      memoryBytes: 16 * 2 ** 20,
      mode,
      boot: bootParameters([], mode),
      seed: 1,
      multiShot: true,
      panicOnWarn: false,
      version: "6.12.0",
    },
    compile: {
      mode,
      instrument: "outline",
      shadowOffset: architecture.layout.shadowOffset,
      optimize: "2",
      useAfterScope: true,
      defines: [],
      includes: [],
    },
    cache,
    jobs: 1,
    inputTimeout: 1,
    ...more,
  };
}
