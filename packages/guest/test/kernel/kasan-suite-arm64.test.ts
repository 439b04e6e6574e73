import { describe, it } from "vitest";
import { expectCounts, runSuite } from "./kasan-suite-runs.ts";

const COUNTS = { generic: [62, 10, 0], sw_tags: [64, 8, 0], hw_tags: [59, 13, 0] } as const;

describe("on arm64", () => {
  it.each(["outline", "inline"] as const)("%s", async (instrument) => {
    expectCounts(await runSuite({ instrument, arm64: {} }), COUNTS.generic);
  });
});

describe("on arm64, with larger pages", () => {
  for (const pageSize of [16384, 65536] as const) {
    it.each(["generic", "sw_tags", "hw_tags"] as const)(`${pageSize / 1024}K, %s`, async (mode) => {
      // With some seeds two random tags are equal, and a case misses its bug, as on hardware: see kasan-suite-hw.test.ts.
      expectCounts(await runSuite({ mode, seed: 2, arm64: { kasan: mode, pageSize } }), COUNTS[mode]);
    });
  }
});
