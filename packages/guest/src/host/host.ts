import type { Cpu } from "@kasan/kernel";
import type { CompileCache } from "../compile/compile-cache.ts";
import type { Tree } from "../compile/files.ts";
import type { CompilerTools, ToolRun } from "../compile/tool.ts";
import type { ToolJob } from "../compile/tools.ts";
import type { CpuProfile } from "../run/profile.ts";
import type { ThreadData } from "../run/threads.ts";
import type { Disk } from "./disk.ts";

/** Runs LLVM's tools for a caller that cannot wait for promises, as when a guest is running. */
export interface ToolNow {
  /** Runs a tool. Never throws: one that could not run to its end says so in its messages. */
  run(job: ToolJob): ToolRun;
}

/**
 * What differs between the places where guests run: Node.js (`node.ts`) and a worker of a browser (`browser/host.ts`). Code imports it
 * as `#host`; the build for browsers has the other one under that name.
 */
export interface Host {
  /** The files of users. */
  readonly disk: Disk;
  /** A folder of this package, with those below it. */
  ownFolder(name: "include" | "lib"): Promise<Tree>;
  /** Where compiled modules are kept, unless the caller says so. */
  openCache(): CompileCache;
  /** The most threads for tools that are of use. */
  readonly processors: number;
  /**
   * Says so if the compiler is not installed.
   *
   * @throws {@link GuestError} `NO_COMPILER`
   */
  requireCompiler(): void;
  /** LLVM's tools, which are loaded with the first use. */
  compiler(): Promise<CompilerTools>;
  /** What runs tools for callers that cannot wait. */
  toolNow(): ToolNow;
  /** Sets flags of the engine that runs WebAssembly, for all threads, if it can. */
  setEngineFlags(flags: readonly string[]): void;
  /** Makes ready what threads and interrupts need and cannot get once a guest keeps this thread busy. */
  readyThreads(): Promise<void>;
  /** Why no thread can be started, as the end of a sentence; undefined: they can. */
  readonly noThreads: string | undefined;
  /** Starts a thread that does what `runThread()` does, though the guest keeps this thread busy. Threads start others by it, too. */
  startThread(data: ThreadData): void;
  /** Ends all threads: the guest of this thread has ended. */
  endThreads(): void;
  /**
   * Runs something while it samples what this thread does, and takes Ctrl-C as its end.
   *
   * @param microseconds - time between two samples
   * @param done - receives the profile, whatever comes of `run`
   * @throws {@link GuestError} `INTERRUPTED` for Ctrl-C, `BAD_INPUT` where there is no profiler
   */
  profile<T>(run: () => T, microseconds: number, done: (profile: CpuProfile) => void): T;
  /** The URL of a file, of which the path from the current folder is given. */
  fileUrl(path: string): string;
  /**
   * Interrupts CPUs ({@link Cpu.interrupt}) after some time, though the guest keeps this thread busy. Where there can be no threads, it
   * does nothing.
   *
   * @returns what ends the waiting
   */
  interruptAfter(seconds: number, buffer: SharedArrayBuffer, cpus: readonly Cpu[]): () => void;
}
