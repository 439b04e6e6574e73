import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";
import { fastExports } from "./scripts/fast-exports.js";
import SlowFirst from "./scripts/slow-first.js";

const conditions = ["@kasan/source", ...defaultServerConditions];

export default defineConfig({
  plugins: [fastExports],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    exclude: ["packages/guest/test/kernel/**"],
    include: [
      "packages/*/{src,test}/**/*.test.ts",
      "apps/*/{src,test}/**/*.test.ts",
      "examples/plugins/*/*.test.ts",
      "scripts/**/*.test.ts",
    ],
    reporters: ["default", "./scripts/count-reporter.js"],
    testTimeout: 60_000,
    maxWorkers: 2,
    // Tests make much short-lived garbage: with room for it, less of it is copied.
    execArgv: ["--min-semi-space-size=16", "--max-semi-space-size=32"],
    sequence: { sequencer: SlowFirst },
  },
});
