/**
 * An architecture is one object, a {@link Platform}. It holds the page-table format and everything else that differs between processors
 * and their kernels. {@link Platforms} looks up architectures by name.
 *
 * @packageDocumentation
 */

export * from "./core.ts";
export * from "./error.ts";
export * from "./identify.ts";
export * from "./listing.ts";
export * from "./memory-model.ts";
export * from "./options.ts";
export * from "./platform.ts";
export * from "./plugin.ts";
export * from "./registry.ts";
export * from "./search.ts";
export * from "./words.ts";
