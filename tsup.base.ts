import { defineConfig, type Options } from "tsup";

/** The build that every package shares: ESM, types, source maps. TypeScript 6 refuses the `baseUrl` that tsup 8 passes. */
export const build = (options: Options = {}) =>
  defineConfig({
    entry: ["src/index.ts"],
    format: "esm",
    platform: "neutral",
    target: "es2022",
    sourcemap: true,
    clean: true,
    dts: { compilerOptions: { ignoreDeprecations: "6.0", customConditions: [] } },
    ...options,
  });
