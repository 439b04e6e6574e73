import { describe, it } from "vitest";
import type { RunSettings } from "../harness.ts";
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

const SETTINGS: RunSettings = { kernelTree: KERNEL_TREE };

describe("the kernel's own tests against the kernel's own headers", () => {
  it.each(Object.keys(TREE_SUITES))("%s", { timeout: 300_000 }, async (name) => {
    await runSuite(TREE_SUITES[name], SETTINGS);
  });

  it("lz4, there and back", { timeout: 300_000 }, async () => {
    await runLz4(SETTINGS);
  });
});
