import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import { ARCHITECTURE_FOLDER } from "../../src/compile/files.ts";
import { type RunSettings, withFiles } from "../harness.ts";
import { KERNEL_TREE } from "./source.ts";
import { EINVAL, runLz4, runSuite, SUITES, type Suite } from "./suites.ts";

/** Suites that need headers that only the kernel's source has, and some that run with ours as well. */
const TREE_SUITES: Record<string, Suite> = {
  xarray: {
    files: ["lib/xarray.c", "lib/radix-tree.c", "lib/idr.c", "lib/test_xarray.c"],
    says: /XArray: (\d+) of \1 tests passed/,
  },
  ida: {
    files: ["lib/xarray.c", "lib/radix-tree.c", "lib/idr.c", "lib/test_ida.c"],
    says: /IDA: (\d+) of \1 tests passed/,
    returns: EINVAL,
    warnings: 128,
  },
  "KUnit's examples": SUITES["KUnit's examples"],
  "lists and klists": SUITES["lists and klists"],
};

/**
 * Calls a function with settings for the kernel's source. The configuration is the default one less CONFIG_XARRAY_MULTI, with which
 * test_xarray.c finds fault. All suites have the same, so that they share what is compiled.
 */
async function withTree(use: (settings: RunSettings) => Promise<void>): Promise<void> {
  const all = readFileSync(join(ARCHITECTURE_FOLDER, "default.config"), "utf8");
  await withFiles({ ".config": all.replace(/^CONFIG_XARRAY_MULTI=y$/m, "") }, ([kernelConfig]) =>
    use({ kernelTree: KERNEL_TREE, kernelConfig }),
  );
}

describe("the kernel's own tests against the kernel's own headers", () => {
  it.each(Object.keys(TREE_SUITES))("%s", { timeout: 300_000 }, async (name) => {
    await withTree((settings) => runSuite(TREE_SUITES[name], settings));
  });

  it("lz4, there and back", { timeout: 300_000 }, async () => {
    await withTree(runLz4);
  });
});
