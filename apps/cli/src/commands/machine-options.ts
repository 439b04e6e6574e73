import { Cache, type CompileOptions, cacheFolder, PREBUILT_FOLDER, type ProgramOptions } from "@kasan/guest";
import { bootParameters, type ClockKind, type MachineOptions, type Mechanism, type ModeName } from "@kasan/kernel";
import type { Platform } from "@kasan/platform";
import { Extensions } from "../plugins/extensions.ts";
import { type PluginChoice, pluginSource, plugins } from "../plugins/machine-plugins.ts";
import { PER_BYTE } from "../values.ts";
import { type ProcessorFlags, processorChoice } from "./architectures.ts";

/** The options of `kasan run` for the machine and the compiler. */
export interface MachineFlags extends ProcessorFlags {
  /** A plugin's file or package. */
  readonly plugin?: string;
  readonly mode: ModeName;
  /** Boot parameters, names and values. */
  readonly bootParam?: [string, string][];
  readonly instrument: "outline" | "inline";
  readonly memory: number;
  readonly cpus: number;
  readonly clock: ClockKind;
  readonly seed: number;
  readonly panicOnWarn?: boolean;
  readonly singleShot?: boolean;
  readonly without: Mechanism[];
  readonly vmallocShadow?: string;
  readonly shadowScheme?: string;
  readonly vmapStack?: boolean;
  readonly probeShadow?: boolean;
  readonly useAfterScope: boolean;
  readonly include: string[];
  readonly kernelTree?: string;
  readonly define: string[];
  readonly optimize: CompileOptions["optimize"];
}

/** How vmalloc space is backed unless a flag says otherwise. */
const DEFAULT_SCHEME = "lazy";

/** The kernel version that machines model. */
const KERNEL_VERSION = "6.12.0";

/** The plugins that the options ask for. */
async function pluginChoice(flags: MachineFlags): Promise<PluginChoice> {
  const { platforms } = await Extensions.load(flags.plugin);
  return {
    processor: processorChoice(flags, platforms),
    vmallocShadow: flags.vmallocShadow ?? DEFAULT_SCHEME,
    shadowScheme: flags.shadowScheme ?? PER_BYTE,
    ...(flags.plugin !== undefined && { plugin: flags.plugin }),
  };
}

/** The machine that the options ask for. */
async function machineOptions(
  flags: MachineFlags,
  choice: PluginChoice,
): Promise<Omit<MachineOptions, "log" | "onReport">> {
  return {
    ...(await plugins(choice)),
    memoryBytes: flags.memory,
    cpus: flags.cpus,
    clock: flags.clock,
    mode: flags.mode,
    boot: bootParameters(flags.bootParam ?? [], flags.mode),
    seed: flags.seed,
    multiShot: !flags.singleShot,
    panicOnWarn: flags.panicOnWarn ?? false,
    without: flags.without,
    ...(flags.vmapStack !== undefined && { vmapStack: flags.vmapStack }),
    probeShadow: flags.probeShadow ?? false,
    version: KERNEL_VERSION,
  };
}

/** How the options ask for C to be compiled. */
function compileOptions(flags: MachineFlags, { layout, pageShift, source }: Platform): CompileOptions {
  return {
    ...(source && { source }),
    mode: flags.mode,
    instrument: flags.instrument,
    shadowOffset: layout.shadowOffset,
    ...(pageShift !== 12 && { pageShift }),
    optimize: flags.optimize,
    useAfterScope: flags.useAfterScope,
    stack: !flags.without.includes("stack"),
    defines: flags.define,
    includes: flags.include,
    ...(flags.kernelTree !== undefined && { kernelTree: flags.kernelTree }),
  };
}

/** Settings for running a program from the options: its machine, its compiler, the cache of compiled modules. */
export async function programOptions(
  flags: MachineFlags,
): Promise<Pick<ProgramOptions, "machine" | "plugins" | "compile" | "cache">> {
  const choice = await pluginChoice(flags);
  const machine = await machineOptions(flags, choice);
  return {
    machine,
    plugins: pluginSource(choice),
    compile: compileOptions(flags, machine.architecture),
    cache: new Cache(cacheFolder(), [PREBUILT_FOLDER]),
  };
}
