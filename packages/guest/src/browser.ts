/**
 * Guests in a worker of a browser: what `@kasan/guest` exports, and where a page has what is fetched. Bundlers that set the condition
 * `browser` find this module as `@kasan/guest` too.
 *
 * Files are in memory (`sources` of `ProgramOptions`); a kernel's source cannot be read. In a page that is isolated (headers
 * `Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Embedder-Policy: require-corp`) tasks have threads and a guest that does not
 * end is stopped, as in Node.js. In another page a program that waits for another task is refused, and nothing stops a guest that does not
 * end but the end of its worker.
 *
 * @packageDocumentation
 */
import { host } from "#host";

export { BrowserCache } from "./host/browser/cache.ts";
export { type BrowserSettings, configureBrowser } from "./host/browser/settings.ts";
export * from "./index.ts";

/**
 * Fetches LLVM's tools now, not when something is compiled. Source lines that no cache has are found only with tools that are there.
 *
 * @throws what fetching them throws
 */
export async function loadCompiler(): Promise<void> {
  await host.compiler();
}
