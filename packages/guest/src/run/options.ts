import type { LogSink, Machine, MachineOptions } from "@kasan/kernel";
import type { KasanReport, StackFrame } from "@kasan/report";
import type { Progress } from "../compile/compile.ts";
import type { CompileCache } from "../compile/compile-cache.ts";
import type { CompileOptions } from "../compile/options.ts";
import type { BuiltTree, TreeOptions } from "../tree/build.ts";
import type { PluginSource } from "./plugins.ts";
import type { GuestProfile } from "./profile.ts";
import type { RunPlan } from "./run.ts";

/** A program and how to run it. */
export interface ProgramOptions {
  /**
   * C files, or one wasm64 module built by clang and `wasm-ld -shared --experimental-pic`. `DIR/Makefile:foo.ko` stands for the files of
   * a module that a Makefile describes.
   */
  readonly files: readonly string[];
  /** Files that are in memory only, by path: C files and headers. They precede those of the disk, and cannot be given with a `tree`. */
  readonly sources?: Readonly<Record<string, string | Uint8Array>>;
  /** The machine to boot. */
  readonly machine: Omit<MachineOptions, "log" | "onReport" | "onTest" | "onTimeout" | "timeout" | "threads">;
  /** How threads recreate those options of `machine` that are functions. Without it, a program that waits for a thread is rejected. */
  readonly plugins?: PluginSource;
  /** How C is compiled. */
  readonly compile: CompileOptions;
  /** What to run. */
  readonly run: RunPlan;
  /** The kernel's source that the files are compiled against; without one, the headers of this package. */
  readonly tree?: TreeOptions;
  /** Called with what was compiled, before it runs, if there is a kernel's source. */
  readonly onBuilt?: (built: BuiltTree) => void;
  /** Cache of compiled modules. */
  readonly cache: CompileCache;
  /** The most files that are compiled side by side; one per host processor by default, up to four. With 1, no thread is started for it. */
  readonly jobs?: number;
  /** Receives kernel log lines as they are printed. */
  readonly log: LogSink;
  /**
   * Receives each of KASAN's reports, after its lines; with source lines if the log has them ({@link ProgramOptions.locateLog}). The machine
   * is as it is then: its buffer can be copied.
   */
  readonly onReport?: (report: KasanReport, machine: Machine) => void;
  /** Receives clang's warnings. */
  readonly diagnostics?: (text: string) => void;
  /** Receives what is odd about a kernel's source or its configuration, before anything is compiled. */
  readonly warn?: (text: string) => void;
  /** Called with the current activity. */
  readonly progress?: Progress;
  /**
   * Adds file and line to the reports' frames. Paths are from the current folder, or from the root if a file is not below it. Runs
   * llvm-symbolizer the first time.
   */
  readonly locate?: boolean;
  /** Adds the same to functions in the log's lines, in the form of the kernel's `scripts/decode_stacktrace.sh`: `f (a.c:42) module`. */
  readonly locateLog?: boolean;
  /**
   * Receives a profile of the thread that boots the machine while the guest runs in it, however it ends. The first task runs in this
   * thread; others have threads of their own, which are not in it. Ctrl-C ends the guest then, and {@link runProgram} throws
   * {@link GuestError} `INTERRUPTED`.
   */
  readonly onProfile?: (profile: GuestProfile) => void;
  /** Called with the machine after the guest ends, to inspect its memory, and with what adds source lines to frames of its code. */
  readonly onEnd?: (machine: Machine, locate: (frames: readonly StackFrame[]) => StackFrame[]) => void;
}
