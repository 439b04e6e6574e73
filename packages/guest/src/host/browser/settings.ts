import type { CompilerTools } from "../../compile/tool.ts";

/** Where a page has what is fetched when it is needed. */
export interface BrowserSettings {
  /**
   * The URL of this package's `dist/`, or of a copy of its folders `browser/` and `prebuilt/`; ends in a slash. Threads need scripts of it,
   * which browsers take only from the page's own origin.
   */
  readonly assets: URL;
  /** Loads LLVM's tools: 100 MB, compressed a quarter of it. By default it imports `@yowasp/clang`, which bundlers find. */
  readonly compiler: () => Promise<CompilerTools>;
  /** Called while LLVM's tools are fetched, with bytes. */
  readonly onFetch: (done: number, total: number) => void;
}

/** In two steps: bundlers take a URL beside a module for a file to copy. */
const here = new URL(import.meta.url);

export const settings: { -readonly [Name in keyof BrowserSettings]: BrowserSettings[Name] } = {
  assets: new URL("./", here),
  compiler: () => import("@yowasp/clang"),
  onFetch: () => {},
};

/** In a browser: says where a page has what is fetched. What is not given stays as it is. */
export function configureBrowser(changes: Partial<BrowserSettings>): void {
  Object.assign(settings, changes);
}

/** Fetches one of this package's files; undefined if the server has none. */
export async function fetchAsset(path: string): Promise<Uint8Array | undefined> {
  const answer = await fetch(new URL(path, settings.assets));
  return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
}
