import { addFile, type Tree } from "../../compile/files.ts";
import { brokeDown, type CompilerTools, executeNow } from "../../compile/tool.ts";
import { GuestError } from "../../error.ts";
import type { Host } from "../host.ts";
import { BrowserCache } from "./cache.ts";
import { fetchAsset, settings } from "./settings.ts";
import { nameSharedBuffers } from "./shared-memory.ts";
import { endThreads, interruptAfter, noThreads, readyThreads, startThread } from "./threads.ts";

nameSharedBuffers();

/** This package's headers and C files, by folder and path. */
type OwnFiles = Readonly<Record<"include" | "lib", Readonly<Record<string, string>>>>;

let ownFiles: Promise<OwnFiles> | undefined;

async function fetchOwnFiles(): Promise<OwnFiles> {
  const bytes = await fetchAsset("browser/files.json");
  if (!bytes) throw new GuestError("BAD_INPUT", `${new URL("browser/files.json", settings.assets)}: not found`);
  return JSON.parse(new TextDecoder().decode(bytes)) as OwnFiles;
}

/** LLVM's tools once they are loaded, with their resources: only then do they run at once. */
let loaded: CompilerTools | undefined;

/** A system error, as Node throws for a file that is not there. */
const absent = (path: string): Error => Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });

/** A worker of a browser. It has no disk: files are in memory. */
export const host: Host = {
  disk: {
    look: () => undefined,
    read: (path) => {
      throw absent(path);
    },
    list: (path) => {
      throw absent(path);
    },
  },
  async ownFolder(name) {
    ownFiles ??= fetchOwnFiles();
    const encoder = new TextEncoder();
    const tree: Tree = {};
    for (const [path, text] of Object.entries((await ownFiles)[name])) addFile(tree, path, encoder.encode(text));
    return tree;
  },
  openCache: () => new BrowserCache(),
  // Another clang would take another 300 MB.
  processors: 1,
  requireCompiler: () => {},
  async compiler() {
    if (loaded) return loaded;
    const tools = await settings.compiler();
    const fetchProgress = (event: { totalLength: number; doneLength: number }) =>
      settings.onFetch(event.doneLength, event.totalLength);
    await tools.runLLVM(undefined, {}, { fetchProgress });
    loaded = tools;
    return tools;
  },
  toolNow: () => ({
    run: ({ command, files }) =>
      loaded ? executeNow(loaded, command, files) : brokeDown(command, new Error("it is not loaded")),
  }),
  setEngineFlags: () => {},
  readyThreads,
  get noThreads() {
    return noThreads();
  },
  startThread,
  endThreads,
  profile: () => {
    throw new GuestError("BAD_INPUT", "a browser profiles with its own tools");
  },
  fileUrl: (path) => path,
  interruptAfter,
};
