import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";
import { fastExports } from "./scripts/fast-exports.js";
import { seed } from "./scripts/seed.js";
import SlowFirst, { USUAL_LIMIT } from "./scripts/slow-first.js";

const conditions = ["@kasan/source", ...defaultServerConditions];

const SHARED = [
  "packages/{arch-*,fuzz,html,image,mmu,platform,report,shadow,vmalloc}/{src,test}/**/*.test.ts",
  "packages/kernel/src/**/*.test.ts",
];
const ALL = [
  "packages/*/{src,test}/**/*.test.ts",
  "apps/*/{src,test}/**/*.test.ts",
  "examples/plugins/*/*.test.ts",
  "scripts/**/*.test.ts",
];

export default defineConfig({
  plugins: [seed, fastExports],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: [
      // Files of packages that keep nothing in globals share their modules: importing them for each file took a third of the time.
      { extends: true, test: { name: "shared", isolate: false, include: SHARED } },
      { extends: true, test: { name: "apart", include: ALL, exclude: [...SHARED, "packages/guest/test/kernel/**"] } },
    ],
    reporters: ["default", "./scripts/count-reporter.js"],
    testTimeout: USUAL_LIMIT,
    hookTimeout: USUAL_LIMIT,
    maxWorkers: 2,
    // Tests make much short-lived garbage: with room for it, less of it is copied.
    execArgv: ["--min-semi-space-size=16", "--max-semi-space-size=32"],
    sequence: { sequencer: SlowFirst },
  },
});
