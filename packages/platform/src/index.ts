/**
 * What an architecture is to this project: one object, {@link Platform}, that holds the page-table format and whatever else
 * differs between processors and their kernels. {@link Platforms} looks architectures up by name.
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
