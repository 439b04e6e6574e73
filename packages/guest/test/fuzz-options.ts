import { x86_64 } from "@kasan/arch-x86";
import { bootParameters } from "@kasan/kernel";
import type { FuzzOptions } from "../src/index.ts";
import { cache } from "./harness.ts";

const architecture = x86_64({ levels: 4 });

/** Options of a session that fuzzes some files. */
export const fuzzOptions = (files: string[], more: Partial<FuzzOptions> = {}): FuzzOptions => ({
  files,
  machine: {
    architecture,
    memoryBytes: 16 * 2 ** 20,
    mode: "generic",
    boot: bootParameters([], "generic"),
    seed: 1,
    multiShot: true,
    panicOnWarn: false,
    version: "6.12.0",
  },
  compile: {
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
});
