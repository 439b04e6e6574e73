/** A worker of a page that runs programs. */
import { configureBrowser } from "@kasan/guest/browser";
import { type Job, run } from "./browser-program.ts";

/** A job, and the URL below which the package's files are, if it is not the page's. */
export interface BrowserJob extends Job {
  readonly assets?: string;
}

addEventListener("message", async ({ data }: MessageEvent<BrowserJob>) => {
  if (data.assets !== undefined) configureBrowser({ assets: new URL(data.assets) });
  postMessage(await run(data));
});
