import { GuestError, runProgram } from "@kasan/guest";
import { configureBrowser, loadCompiler } from "@kasan/guest/browser";
import { KasanError } from "@kasan/shadow";
import type { Ran, Refused, RunOutcome, RunRequest, Tell } from "../protocol.ts";
import { diagnosticsOf } from "./diagnostics.ts";
import { explain } from "./explain.ts";
import { fetchPack, LabCache } from "./lab-cache.ts";
import { LogFeed } from "./log-feed.ts";
import { programOptions } from "./program-options.ts";

/** How guests end that do not come to their end. */
const ENDS = {
  oops: "the guest crashed",
  panic: "the kernel panicked",
  timeout: "the guest was stopped at the timeout",
  missing: "the guest called a function that nothing provides",
} as const;

/** Runs programs, and keeps what was compiled for the next. */
export class Session {
  private readonly cache = new LabCache();
  private hasCompiler = false;
  private percent = -1;
  private tell: Tell = async () => {};

  /** @param site - the URL of the page's folder */
  constructor(private readonly site: URL) {
    configureBrowser({
      assets: new URL("guest/", site),
      compiler: () => {
        this.hasCompiler = true;
        return import(/* @vite-ignore */ new URL("clang/bundle.js", site).href);
      },
      onFetch: (done, total) => this.fetched(done, total),
    });
  }

  /** Runs a program, with its source lines if they can be found. */
  async run(request: RunRequest, tell: Tell): Promise<RunOutcome> {
    this.tell = tell;
    if (request.pack !== undefined) this.cache.add(await fetchPack(new URL(request.pack, this.site)));
    this.cache.missed = false;
    const outcome = await this.attempt(request);
    if (!this.cache.missed || this.hasCompiler) return outcome;
    // The program was in a cache, and the lines of its reports are not: the compiler's tools find them.
    void tell({ kind: "progress", what: "finding source lines" });
    try {
      await loadCompiler();
    } catch {
      return outcome;
    }
    void tell({ kind: "again" });
    return await this.attempt(request);
  }

  /** Tells of each percent. */
  private fetched(done: number, total: number): void {
    const percent = Math.floor((100 * done) / total);
    if (percent === this.percent) return;
    this.percent = percent;
    void this.tell({ kind: "fetched", done, total });
  }

  private async attempt(request: RunRequest): Promise<RunOutcome> {
    try {
      return await this.ran(request);
    } catch (error) {
      if (error instanceof KasanError) return refusal(error, request.program.name);
      throw error;
    }
  }

  private async ran({ program: { name, text }, settings }: RunRequest): Promise<Ran> {
    const { tell, cache } = this;
    const log = new LogFeed(tell);
    let warnings = "";
    const { stopped } = await runProgram({
      ...programOptions(settings),
      files: [name],
      sources: { [name]: text },
      cache,
      log: (line) => log.add(line),
      locateLog: settings.locate,
      diagnostics: (messages) => {
        warnings += messages;
      },
      progress: (what) => void tell({ kind: "progress", what }),
    });
    await log.flush();
    return {
      kind: "ran",
      reports: explain(log.text, name),
      ...(stopped !== undefined && { stopped: ENDS[stopped] }),
      diagnostics: diagnosticsOf(warnings, name),
    };
  }
}

function refusal(error: KasanError, file: string): Refused {
  const details = error instanceof GuestError ? error.details : "";
  const message =
    error.code === "NO_PLUGINS"
      ? "the program starts a thread, and this page runs one CPU without threads"
      : error.message;
  return { kind: "refused", message, details, diagnostics: diagnosticsOf(details, file) };
}
