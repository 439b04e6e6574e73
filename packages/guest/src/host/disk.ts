import { posix } from "node:path";

/** What is at a path. */
export interface DiskEntry {
  /** Whether it is a file, a folder, or something else. */
  readonly kind: "file" | "folder" | "other";
  /** Bytes; 0 unless it is a file. */
  readonly size: number;
}

/** Files and folders that can be read. Paths are absolute, or relative to the current folder. */
export interface Disk {
  /** What is at a path; undefined: nothing. Throws a system error if it cannot be told. */
  look(path: string): DiskEntry | undefined;
  /** A file's bytes. Throws a system error. */
  read(path: string): Uint8Array;
  /** What a folder has, by name. Throws a system error. */
  list(path: string): ReadonlyMap<string, DiskEntry["kind"]>;
}

/** Files in memory, before those of another disk. */
export class MemoryDisk implements Disk {
  private readonly files = new Map<string, Uint8Array>();

  /** @param files - their contents, by path */
  constructor(
    files: Readonly<Record<string, string | Uint8Array>>,
    private readonly below: Disk,
  ) {
    const encoder = new TextEncoder();
    for (const [path, content] of Object.entries(files))
      this.files.set(posix.resolve(path), typeof content === "string" ? encoder.encode(content) : content);
  }

  look(path: string): DiskEntry | undefined {
    const file = this.files.get(posix.resolve(path));
    if (file) return { kind: "file", size: file.length };
    return this.inFolder(path).size > 0 ? { kind: "folder", size: 0 } : this.below.look(path);
  }

  read(path: string): Uint8Array {
    return this.files.get(posix.resolve(path)) ?? this.below.read(path);
  }

  list(path: string): ReadonlyMap<string, DiskEntry["kind"]> {
    const own = this.inFolder(path);
    return own.size > 0 && !this.below.look(path) ? own : new Map([...this.below.list(path), ...own]);
  }

  /** What a folder has of the files in memory. */
  private inFolder(path: string): Map<string, DiskEntry["kind"]> {
    const prefix = posix.join(posix.resolve(path), "/");
    const entries = new Map<string, DiskEntry["kind"]>();
    for (const file of this.files.keys()) {
      if (!file.startsWith(prefix)) continue;
      const [name, more] = file.slice(prefix.length).split("/");
      entries.set(name, more === undefined ? "file" : "folder");
    }
    return entries;
  }
}
