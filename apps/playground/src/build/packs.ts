import { architectures } from "@kasan/architectures";
import { Cache, type CompileCache, cacheFolder, GuestError, PREBUILT_FOLDER } from "@kasan/guest";
import type { Example } from "../examples.ts";
import { packBytes, packName } from "../pack.ts";
import { DEFAULTS, modesOf, type Settings } from "../settings.ts";
import { runRecorded } from "../worker/run.ts";

/** Examples that are compiled already. */
export interface Packs {
  /** By file, see {@link packName}; not compressed. */
  readonly packs: ReadonlyMap<string, Uint8Array>;
  /** What several packs need, and is not in them: the kernel's own C, by key. */
  readonly shared: ReadonlyMap<string, Uint8Array>;
}

/** A cache that remembers what it gave and took. */
class RecordingCache implements CompileCache {
  readonly entries = new Map<string, Uint8Array>();
  private readonly disk = new Cache(cacheFolder(), [PREBUILT_FOLDER]);

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.record(key, await this.disk.get(key));
  }

  getSync(key: string): Uint8Array | undefined {
    return this.record(key, this.disk.getSync(key));
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.record(key, bytes);
    await this.disk.put(key, bytes);
  }

  putSync(key: string, bytes: Uint8Array): void {
    this.record(key, bytes);
    this.disk.putSync(key, bytes);
  }

  private record(key: string, bytes: Uint8Array | undefined): Uint8Array | undefined {
    if (bytes) this.entries.set(key, bytes.slice());
    return bytes;
  }
}

/** Runs every example in every mode of every architecture, as the page does, and keeps what was compiled for it. */
export async function makePacks(examples: readonly Example[]): Promise<Packs> {
  const all = new Map<string, Map<string, Uint8Array>>();
  const folder = process.cwd();
  // Where a browser's programs are: the compiler is told the folder, so that it is part of the keys.
  process.chdir("/");
  try {
    for (const arch of architectures.names)
      for (const mode of modesOf(arch))
        for (const example of examples) {
          const entries = await record(example, { ...DEFAULTS, arch, mode });
          if (entries) all.set(packName(example.name, arch, mode), entries);
        }
  } finally {
    process.chdir(folder);
  }
  return split(all);
}

/** What was compiled for a run; undefined if the example does not compile in that mode: some are about KASAN's own functions. */
async function record(example: Example, settings: Settings): Promise<Map<string, Uint8Array> | undefined> {
  const cache = new RecordingCache();
  try {
    await runRecorded(example, settings, cache);
    return cache.entries;
  } catch (error) {
    if (error instanceof GuestError && error.code === "COMPILE_FAILED") return undefined;
    throw error;
  }
}

function split(all: ReadonlyMap<string, Map<string, Uint8Array>>): Packs {
  const users = new Map<string, number>();
  for (const entries of all.values()) for (const key of entries.keys()) users.set(key, (users.get(key) ?? 0) + 1);
  const shared = new Map<string, Uint8Array>();
  const packs = new Map<string, Uint8Array>();
  for (const [file, entries] of all) {
    // Only what is waited for can be fetched later; source lines are looked up at once, and small.
    const common = [...entries].filter(([key, bytes]) => users.get(key)! > 1 && isWasm(bytes));
    for (const [key, bytes] of common) {
      shared.set(key, bytes);
      entries.delete(key);
    }
    packs.set(file, packBytes(entries));
  }
  return { packs, shared };
}

const isWasm = (bytes: Uint8Array): boolean => new TextDecoder().decode(bytes.subarray(0, 4)) === "\0asm";
