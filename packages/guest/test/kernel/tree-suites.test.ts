import { describe, it } from "vitest";
import { breadthConfig } from "../../../../scripts/breadth/config.js";
import { type RunSettings, withFiles } from "../harness.ts";
import { KERNEL_TREE } from "./source.ts";
import { runLz4, runSuite, SUITES, type Suite, suite } from "./suites.ts";

/** Suites that need headers that only the kernel's source has, and some that run with ours as well. */
const TREE_SUITES: Record<string, Suite> = {
  ida: suite("lib/test_ida.c", "lib/xarray.c", "lib/radix-tree.c", "lib/idr.c"),
  "KUnit's examples": SUITES["KUnit's examples"],
};

/** Calls a function with settings for the kernel's source, with the configuration that all its files are compiled with elsewhere. */
async function withTree(use: (settings: RunSettings) => Promise<void>): Promise<void> {
  await withFiles({ ".config": breadthConfig() }, ([kernelConfig]) => use({ kernelTree: KERNEL_TREE, kernelConfig }));
}

describe("the kernel's own tests against the kernel's own headers", () => {
  it.each(Object.keys(TREE_SUITES))("%s", { timeout: 300_000 }, async (name) => {
    await withTree((settings) => runSuite(TREE_SUITES[name], settings));
  });

  it("lz4, there and back", { timeout: 300_000 }, async () => {
    await withTree(runLz4);
  });
});
