import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import type { CompileCache } from "./compile-cache.ts";

/** Size limit of the cache in bytes; the least recently used entries are removed first. The network of a kernel takes 0.1 GB. */
const MAX_BYTES = 2 ** 30;

/** The size is looked at after so many bytes were written. */
const TRIM_EVERY = MAX_BYTES / 64;

/** Folder of compiled modules: `$KASAN_CACHE_DIR`, else `kasan` in the user's cache folder. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const { KASAN_CACHE_DIR, XDG_CACHE_HOME } = environment;
  return KASAN_CACHE_DIR || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "kasan");
}

/** Bytes at an entry's end: the CRC-32 of what is before it. */
const CHECKSUM_BYTES = 4;

function withChecksum(bytes: Uint8Array): Uint8Array {
  const entry = Buffer.alloc(bytes.length + CHECKSUM_BYTES);
  entry.set(bytes);
  entry.writeUInt32LE(crc32(bytes), bytes.length);
  return entry;
}

/** What an entry has; undefined if it is damaged, as after a loss of power. */
function contentOf(entry: Buffer): Uint8Array | undefined {
  const length = entry.length - CHECKSUM_BYTES;
  if (length < 0) return undefined;
  const bytes = entry.subarray(0, length);
  return crc32(bytes) === entry.readUInt32LE(length)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, length)
    : undefined;
}

/**
 * Files by key. A cache that cannot be read or written behaves like an empty one, and so does an entry that is damaged: nothing here throws.
 * Each entry is first written in full under another name, so that readers never see a partial one.
 */
export class Cache implements CompileCache {
  private readonly folder: string;
  /** Read-only folders, included in a package. */
  private readonly shipped: readonly string[];
  /** Bytes to write until the size is looked at: a kernel's part has dozens of entries, and a full cache hundreds. */
  private untilTrim = 0;

  constructor(folder: string, shipped: readonly string[] = []) {
    this.folder = folder;
    this.shipped = shipped;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    for (const folder of [...this.shipped, this.folder]) {
      const path = join(folder, key);
      const entry = await readFile(path).catch(() => undefined);
      const bytes = entry && contentOf(entry);
      if (!bytes) continue;
      if (folder === this.folder) await utimes(path, new Date(), new Date()).catch(() => {});
      return bytes;
    }
    return undefined;
  }

  getSync(key: string): Uint8Array | undefined {
    for (const folder of [...this.shipped, this.folder]) {
      try {
        const bytes = contentOf(readFileSync(join(folder, key)));
        if (bytes) return bytes;
      } catch {
        // It is not there.
      }
    }
    return undefined;
  }

  putSync(key: string, bytes: Uint8Array): void {
    const temporary = this.temporaryFor(key);
    try {
      makeFolder(this.folder);
      writeFileSync(temporary, withChecksum(bytes));
      renameSync(temporary, join(this.folder, key));
    } catch {
      rmSync(temporary, { force: true });
    }
  }

  private temporaryFor(key: string): string {
    return join(this.folder, `.${key}.${randomBytes(6).toString("hex")}`);
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const temporary = this.temporaryFor(key);
    try {
      makeFolder(this.folder);
      await writeFile(temporary, withChecksum(bytes));
      await rename(temporary, join(this.folder, key));
      this.untilTrim -= bytes.length;
      if (this.untilTrim >= 0) return;
      this.untilTrim = TRIM_EVERY;
      await this.trim();
    } catch {
      await rm(temporary, { force: true }).catch(() => {});
    }
  }

  private async trim(): Promise<void> {
    const names = await readdir(this.folder);
    const entries = await Promise.all(
      names.map(async (name) => {
        // Another process may have renamed or removed it.
        const { size = 0, mtimeMs = 0 } = (await stat(join(this.folder, name)).catch(() => undefined)) ?? {};
        return { name, size, mtimeMs };
      }),
    );
    let total = entries.reduce((sum, { size }) => sum + size, 0);
    for (const { name, size } of entries.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (total <= MAX_BYTES) return;
      await rm(join(this.folder, name), { force: true });
      total -= size;
    }
  }
}

/**
 * Makes a folder and those that it is in, if they are not there. Node's own recursive `mkdir` never ends where a folder is there but takes no
 * others, as in `/proc`.
 */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
