import { GuestError, type PluginSource } from "@kasan/guest";
import { configureBrowser, loadCompiler } from "@kasan/guest/browser";
import type { ModeName } from "@kasan/kernel";
import { KasanError } from "@kasan/shadow";
import { PLUGINS_FILE } from "../plugins-file.ts";
import type {
  Compared,
  MemoryAt,
  Moment,
  OpenedDump,
  OpenedLog,
  Ran,
  Refused,
  RunOutcome,
  RunRequest,
  Tell,
} from "../protocol.ts";
import { modesOf, type Settings } from "../settings.ts";
import { compareModes } from "./compare.ts";
import { diagnosticsOf } from "./diagnostics.ts";
import { explain } from "./explain.ts";
import { fetchPack, LabCache } from "./lab-cache.ts";
import { LogFeed } from "./log-feed.ts";
import { DumpMemory, MachineMemory, type Memory } from "./memory.ts";
import { openFile } from "./open-file.ts";
import { remarksOn } from "./remarks.ts";
import { runRecorded } from "./run.ts";

/** Runs programs, and keeps what was compiled for the next. */
export class Session {
  private readonly cache = new LabCache();
  private hasCompiler = false;
  private percent = -1;
  private memory: Memory | undefined;
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
    if (request.pack !== undefined) await this.unpack(request.pack);
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

  /** Runs a program in each mode of the settings' architecture. */
  async compare(
    { program, settings }: RunRequest,
    packs: Readonly<Partial<Record<ModeName, string>>>,
    tell: Tell,
  ): Promise<Compared | Refused> {
    this.tell = tell;
    await Promise.all(Object.values(packs).map((pack) => this.unpack(pack)));
    const progress = (mode: ModeName) => void tell({ kind: "progress", what: `running in mode ${mode}` });
    return await refusing(async () => {
      const plugins = (one: Settings) => this.plugins(one);
      const modes = await compareModes(program, settings, modesOf(settings.arch), {
        cache: this.cache,
        progress,
        plugins,
      });
      return { kind: "compared", modes };
    }, program.name);
  }

  /** The memory at an address. */
  inspect(address: bigint, moment: Moment): MemoryAt | undefined {
    return this.memory?.at(address, moment);
  }

  /** Opens a log or a dump; addresses are looked up in a dump from then on. */
  async open(file: File, arch: string): Promise<OpenedLog | OpenedDump> {
    const opened = await openFile(file, arch);
    if (opened.kind === "log") return { kind: "log", ...explain(opened.bytes) };
    const { image } = opened;
    this.memory = new DumpMemory(image);
    const { platform, kasan, release } = image.machine;
    const about = [platform.name, release && `Linux ${release}`, `KASAN: ${kasan}`].filter(Boolean).join(", ");
    return { kind: "dump", about, address: platform.layout.pageOffset };
  }

  /** How threads of a guest make the machine's functions again. */
  private plugins(settings: Settings): PluginSource {
    return { module: new URL(PLUGINS_FILE, this.site).href, data: settings };
  }

  private async unpack(pack: string): Promise<void> {
    this.cache.add(await fetchPack(new URL(pack, this.site)));
  }

  private attempt(request: RunRequest): Promise<RunOutcome> {
    return refusing(() => this.ran(request), request.program.name);
  }

  private async ran({ program, settings }: RunRequest): Promise<Ran> {
    const { tell, cache } = this;
    const log = new LogFeed(tell);
    let warnings = "";
    // Its memory is no longer wanted, and the next machine needs room.
    this.memory = undefined;
    const { machine, atReport, recorder, result } = await runRecorded(program, settings, cache, {
      log: (line) => log.add(line),
      diagnostics: (messages) => {
        warnings += messages;
      },
      progress: (what) => void tell({ kind: "progress", what }),
      plugins: this.plugins(settings),
    });
    this.memory = new MachineMemory(machine, settings.arch, atReport, recorder.lines);
    await log.flush();
    return {
      kind: "ran",
      explained: explain(log.text, program.name),
      timeline: recorder.timeline,
      remarks: remarksOn(result),
      diagnostics: diagnosticsOf(warnings, program.name),
    };
  }
}

/** Does something with a program; what is wrong with the program is the answer then. */
async function refusing<Answer extends Ran | Compared>(
  work: () => Promise<Answer>,
  file: string,
): Promise<Answer | Refused> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof KasanError) return refusal(error, file);
    throw error;
  }
}

function refusal(error: KasanError, file: string): Refused {
  const details = error instanceof GuestError ? error.details : "";
  return { kind: "refused", message: error.message, details, diagnostics: diagnosticsOf(details, file) };
}
