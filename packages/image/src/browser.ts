/**
 * Memory images in a browser: what `@kasan/image` exports, and images of files that were dropped on a page. Bundlers that set the condition
 * `browser` find this module as `@kasan/image` too. What is compressed is decompressed in memory.
 *
 * @packageDocumentation
 */
export { BlobSource } from "./blob-source.ts";
export * from "./index.ts";
