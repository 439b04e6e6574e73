import { Cache, type CompileOptions, cacheFolder, PREBUILT_FOLDER, type ProgramOptions } from "@kasan/guest";
import { bootParameters, type ClockKind, type MachineOptions, type Mechanism, type ModeName } from "@kasan/kernel";
import type { Architecture } from "@kasan/mmu";
import { type PluginChoice, pluginSource, plugins } from "../machine-plugins.ts";
import { PER_BYTE } from "../values.ts";
import { processorChoice } from "./architectures.ts";

/** What the options of `kasan run` say about the machine and the compiler. */
export interface MachineFlags {
  readonly arch: "x86_64" | "arm64";
  readonly levels?: "4" | "5";
  readonly pageSize?: "4k" | "16k" | "64k";
  readonly vaBits?: number;
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
  readonly vmallocShadow: string;
  readonly shadowScheme?: string;
  readonly vmapStack?: boolean;
  readonly probeShadow?: boolean;
  readonly useAfterScope: boolean;
  readonly include: string[];
  readonly kernelTree?: string;
  readonly define: string[];
  readonly optimize: CompileOptions["optimize"];
}

/** The kernel version that machines model. */
const KERNEL_VERSION = "6.12.0";

/** The plugins that the options ask for. */
const pluginChoice = (flags: MachineFlags): PluginChoice => ({
  processor: processorChoice(flags),
  vmallocShadow: flags.vmallocShadow,
  shadowScheme: flags.shadowScheme ?? PER_BYTE,
});

/** The machine that the options ask for. */
export function machineOptions(flags: MachineFlags): Omit<MachineOptions, "log" | "onReport"> {
  return {
    ...plugins(pluginChoice(flags)),
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
function compileOptions(flags: MachineFlags, { layout, pageShift }: Architecture): CompileOptions {
  return {
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

/** What the options say of running a program: its machine, how it is compiled, where compiled modules are kept. */
export function programOptions(flags: MachineFlags): Pick<ProgramOptions, "machine" | "plugins" | "compile" | "cache"> {
  const machine = machineOptions(flags);
  return {
    machine,
    plugins: pluginSource(pluginChoice(flags)),
    compile: compileOptions(flags, machine.architecture),
    cache: new Cache(cacheFolder(), [PREBUILT_FOLDER]),
  };
}
