import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Arm64Options, arm64 } from "@kasan/arch-arm64";
import { x86_64 } from "@kasan/arch-x86";
import { architectures } from "@kasan/architectures";
import { bootParameters, type Mechanism } from "@kasan/kernel";
import type { PlatformChoice } from "@kasan/platform";
import { SCHEMES } from "@kasan/vmalloc";
import {
  Cache,
  type CompileOptions,
  cacheFolder,
  PREBUILT_FOLDER,
  type ProgramOptions,
  type ProgramResult,
  runProgram,
} from "../src/index.ts";

/** Options of a test run. */
export interface RunSettings {
  instrument?: CompileOptions["instrument"];
  levels?: 4 | 5;
  mode?: "generic" | "sw_tags" | "hw_tags";
  /** Boot parameters. */
  boot?: [string, string][];
  /** Use arm64 with these options. */
  arm64?: Arm64Options;
  /** Use an architecture of the registry with these option values. */
  arch?: { readonly name: string; readonly options?: PlatformChoice };
  cpus?: number;
  /** 0 by default. */
  seed?: number;
  onEnd?: ProgramOptions["onEnd"];
  vmallocShadow?: string;
  clock?: "virtual" | "real";
  useAfterScope?: boolean;
  multiShot?: boolean;
  panicOnWarn?: boolean;
  memoryBytes?: number;
  timeout?: number;
  call?: string;
  parameters?: [string, string][];
  optimize?: CompileOptions["optimize"];
  locate?: boolean;
  without?: Mechanism[];
  kernelTree?: string;
  /** A `.config` for it. */
  kernelConfig?: string;
  /** The most files of it that are compiled in. */
  autoFiles?: number;
  filter?: string;
  /** Macros of the files. */
  defines?: string[];
  coverage?: boolean;
}

/** A run, with its log as plain lines. */
export type Ran = ProgramResult & { lines: string[] };

export const cache = new Cache(cacheFolder(), [PREBUILT_FOLDER]);

/** Writes files to a new folder, passes their paths to a function, and removes the folder afterwards. */
export async function withFiles<T>(
  files: Record<string, string | Uint8Array>,
  use: (paths: string[]) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "kasan-test-"));
  try {
    const paths = Object.keys(files).map((name) => join(folder, name));
    await Promise.all(Object.values(files).map((content, i) => writeFile(paths[i], content)));
    return await use(paths);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs existing files. */
export async function runFiles(paths: string[], settings: RunSettings = {}): Promise<Ran> {
  const lines: string[] = [];
  const { levels = 4, vmallocShadow = "lazy" } = settings;
  const instrument = settings.instrument ?? "outline";
  const mode = instrument === "off" ? "off" : (settings.mode ?? "generic");
  const { arch } = settings;
  const architecture = arch
    ? architectures.create(arch.name, arch.options, mode)
    : settings.arm64
      ? arm64(settings.arm64)
      : x86_64({ levels });
  const result = await runProgram({
    files: paths,
    plugins: {
      module: new URL("./plugins.js", import.meta.url).href,
      data: { levels, vmallocShadow, arm64: settings.arm64, arch },
    },
    machine: {
      cpus: settings.cpus ?? 1,
      clock: settings.clock ?? "virtual",
      architecture,
      vmallocShadow: SCHEMES[vmallocShadow],
      memoryBytes: settings.memoryBytes ?? 64 * 2 ** 20,
      mode,
      boot: bootParameters(settings.boot ?? [], mode),
      seed: settings.seed ?? 0,
      multiShot: settings.multiShot ?? true,
      panicOnWarn: settings.panicOnWarn ?? false,
      version: "6.12.0",
      without: settings.without ?? [],
    },
    compile: {
      ...(settings.mode !== undefined && { mode: settings.mode }),
      instrument,
      shadowOffset: architecture.layout.shadowOffset,
      ...(architecture.pageShift !== 12 && { pageShift: architecture.pageShift }),
      optimize: settings.optimize ?? "2",
      useAfterScope: settings.useAfterScope ?? true,
      defines: settings.defines ?? [],
      includes: [],
      coverage: settings.coverage ?? false,
      stack: !settings.without?.includes("stack"),
    },
    ...(settings.kernelTree !== undefined && {
      tree: {
        folder: settings.kernelTree,
        ...(settings.kernelConfig !== undefined && { config: settings.kernelConfig }),
        ...(settings.autoFiles !== undefined && { autoFiles: settings.autoFiles }),
      },
    }),
    run: {
      parameters: settings.parameters ?? [],
      timeout: settings.timeout ?? 20,
      ...(settings.call !== undefined && { call: settings.call }),
      ...(settings.filter !== undefined && { filter: settings.filter }),
    },
    cache,
    // Tests run side by side already.
    jobs: 1,
    log: ({ text }) => lines.push(text),
    locate: settings.locate ?? false,
    ...(settings.onEnd && { onEnd: settings.onEnd }),
  });
  return { ...result, lines };
}

/** Kernel declarations for the tests' programs, instead of its headers: these tests are about the compiler's side. */
const PRELUDE = `
typedef unsigned char u8; typedef unsigned short u16; typedef unsigned int u32; typedef unsigned long u64;
void *__kmalloc_noprof(u64 size, u32 flags);
void kfree(const void *p);
void *vmalloc_noprof(u64 size);
void vfree(const void *p);
int _printk(const char *format, ...);
#define noinline __attribute__((noinline))
#define hide(x) __asm__ volatile("" : "+r"(x))
#define line 1 "test.c"
`.replace("#define line", "#line");

/** Compiles and runs C code. It defines `int init_module(void)`, or the function named by `call`. */
export async function runC(source: string, settings: RunSettings = {}): Promise<Ran> {
  return await withFiles({ "test.c": PRELUDE + source }, (paths) => runFiles(paths, settings));
}
