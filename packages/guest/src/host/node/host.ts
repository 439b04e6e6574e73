import { readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { Cache, cacheFolder } from "../../compile/cache.ts";
import { CLANG_VERSION, COMPILER_PACKAGE } from "../../compile/compiler.ts";
import { addHeaders, HEADER_FOLDER, LIBRARY_FOLDER, PREBUILT_FOLDER, type Tree } from "../../compile/files.ts";
import { GuestError } from "../../error.ts";
import type { Disk, DiskEntry } from "../disk.ts";
import type { Host } from "../host.ts";
import { profile } from "./profile.ts";
import { SyncTool } from "./sync-tool.ts";
import { endThreads, startThread } from "./threads.ts";
import { Watchdog } from "./watchdog.ts";

/** What `stat` and `readdir` tell of an entry. */
interface Entry {
  isFile(): boolean;
  isDirectory(): boolean;
}

const kindOf = (entry: Entry): DiskEntry["kind"] =>
  entry.isFile() ? "file" : entry.isDirectory() ? "folder" : "other";

const disk: Disk = {
  look(path) {
    const info = statSync(path, { throwIfNoEntry: false });
    return info && { kind: kindOf(info), size: info.isFile() ? info.size : 0 };
  },
  read: (path) => readFileSync(path),
  list: (path) =>
    new Map(readdirSync(path, { withFileTypes: true }).map((entry) => [entry.name, kindOf(entry)] as const)),
};

const FOLDERS = { include: HEADER_FOLDER, lib: LIBRARY_FOLDER };

/** Node.js. */
export const host: Host = {
  disk,
  async ownFolder(name) {
    const tree: Tree = {};
    addHeaders(tree, FOLDERS[name], "/", true, disk);
    return tree;
  },
  openCache: () => new Cache(cacheFolder(), [PREBUILT_FOLDER]),
  processors: availableParallelism(),
  requireCompiler() {
    try {
      createRequire(import.meta.url).resolve(COMPILER_PACKAGE);
    } catch {
      throw new GuestError(
        "NO_COMPILER",
        `C is compiled with clang, an optional package that is not installed; npm install ${COMPILER_PACKAGE}@${CLANG_VERSION} adds it`,
      );
    }
  },
  compiler: () => import("@yowasp/clang"),
  toolNow: () => new SyncTool(),
  setEngineFlags(flags) {
    for (const flag of flags) setFlagsFromString(flag);
  },
  readyThreads: async () => {},
  noThreads: undefined,
  startThread,
  endThreads,
  profile,
  fileUrl: (path) => pathToFileURL(path).href,
  interruptAfter(seconds, buffer, cpus) {
    const watchdog = new Watchdog(buffer, cpus, seconds);
    return () => watchdog.stop();
  },
};
