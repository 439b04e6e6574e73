import { defineConfig, type Options } from "tsup";

/**
 * The build that every package shares: ESM and types. What it makes is readable: source maps would be more than half of a package.
 * TypeScript 6 refuses the `baseUrl` that tsup 8 passes.
 */
export const build = (options: Options = {}) =>
  defineConfig({
    entry: ["src/index.ts"],
    format: "esm",
    platform: "neutral",
    target: "es2022",
    // Other runtimes know modules of Node by that prefix alone.
    removeNodeProtocol: false,
    clean: true,
    dts: { compilerOptions: { ignoreDeprecations: "6.0", customConditions: [] } },
    ...options,
  });
