/** A browser for tests: Debian's Chromium, which CI installs. */
import { existsSync } from "node:fs";
import puppeteer, { type Browser } from "puppeteer-core";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where it is; undefined: nowhere. */
export const CHROMIUM = PATHS.find((path) => existsSync(path));

/** Starts it. */
export const launchChromium = (): Promise<Browser> =>
  puppeteer.launch({ executablePath: CHROMIUM!, args: ["--no-sandbox", "--disable-gpu"] });
