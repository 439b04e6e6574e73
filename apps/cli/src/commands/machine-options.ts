import { Command, Option } from "@commander-js/extra-typings";
import {
  Cache,
  type CompileOptions,
  cacheFolder,
  GuestError,
  PREBUILT_FOLDER,
  type ProgramOptions,
  type TreeOptions,
} from "@kasan/guest";
import { bootParameters, MAX_CPUS, type MachineOptions, type Mechanism, MODE_NAMES } from "@kasan/kernel";
import type { Platform } from "@kasan/platform";
import { PAGE_SCHEMES } from "@kasan/shadow";
import { SCHEMES } from "@kasan/vmalloc";
import { Extensions } from "../plugins/extensions.ts";
import { type PluginChoice, pluginSource, plugins } from "../plugins/machine-plugins.ts";
import {
  collect,
  collectMechanisms,
  collectReplacement,
  PER_BYTE,
  parseCount,
  parseCpusUpTo,
  parseSize,
} from "../values.ts";
import { openChoices, processorChoice, processorOptions } from "./architectures.ts";
import { addOptions, type FlagsOf } from "./flags.ts";
import type { RunFlags } from "./run.ts";

/** How vmalloc space is backed unless a flag says otherwise. */
const DEFAULT_SCHEME = "lazy";

/** The flag that names a scheme for vmalloc space. */
export const vmallocShadowOption = () =>
  openChoices(
    new Option("--vmalloc-shadow <scheme>", "scheme that backs vmalloc space with shadow").default(DEFAULT_SCHEME),
    Object.keys(SCHEMES),
  );

/** The flag that names a scheme for the direct map. */
export const shadowSchemeOption = () =>
  openChoices(new Option("--shadow-scheme <scheme>", "scheme for the shadow of the direct map").default(PER_BYTE), [
    PER_BYTE,
    ...Object.keys(PAGE_SCHEMES),
  ]);

/** The flag that names a mode. */
export const modeOption = () => new Option("--mode <name>", "KASAN's mode").choices(MODE_NAMES).default("generic");

/** The options that say what machine and how to compile. */
export const machineOptions = () => addOptions(new Command().addOption(modeOption()), optionsOfAnyMode());

/** {@link machineOptions} for a command that runs in several modes. `arch`: the processor by default. */
export const optionsOfAnyMode = (arch?: string) =>
  processorOptions(arch)
    .addOption(
      new Option("--instrument <how>", "checks as calls or inline").choices(["outline", "inline"]).default("outline"),
    )
    .addOption(
      new Option("--memory <size>", "RAM of the machine, 16M to 2048M")
        .argParser(parseSize)
        .default(64 * 2 ** 20, "64M"),
    )
    .addOption(
      new Option("-I, --include <folder>", "search a folder for headers").argParser(collect).default([], "none"),
    )
    .addOption(
      new Option("--kernel-tree <folder>", "compile against a kernel's source, with the files of it that are needed"),
    )
    .addOption(new Option("--config <file>", "configuration of the kernel's source: a .config"))
    .addOption(
      new Option(
        "--auto-files <n>",
        "most files of the kernel's source that are compiled in because others need them: 40",
      ).argParser(parseCount),
    )
    .addOption(new Option("--no-auto", "compile in no files of the kernel's source but those given"))
    .addOption(
      new Option(
        "--builtin <file>",
        "make a file of the kernel's source part of the kernel: its initcalls run at boot",
      ).argParser(collect),
    )
    .addOption(
      new Option("--strict", "refuse to run if something of the kernel's source that can be reached is missing"),
    )
    .addOption(
      new Option(
        "--replace <function=file>",
        "use a C file's definition of a function instead of that in the kernel's source",
      ).argParser(collectReplacement),
    )
    .addOption(new Option("-D, --define <name[=value]>", "define a macro").argParser(collect).default([], "none"))
    .addOption(
      new Option("-O, --optimize <level>", "optimization").choices(["0", "1", "2", "3", "s", "z"]).default("2"),
    )
    .addOption(new Option("--no-use-after-scope", "do not poison variables out of scope, like Linux since 5.1"))
    .addOption(new Option("--vmap-stack", "put stacks in vmalloc space, even without real shadow there"))
    .addOption(new Option("--no-vmap-stack", "put stacks in the direct map"))
    .addOption(
      new Option(
        "--probe-shadow",
        "report accesses whose shadow is not mapped, instead of faulting; not for inline checks",
      ),
    )
    .addOption(
      new Option("--without <names>", "leave out mechanisms of KASAN, to see what they do")
        .argParser(collectMechanisms)
        .default<readonly Mechanism[]>([], "none"),
    )
    .addOption(
      new Option("--cpus <n>", "number of CPUs; with several, tasks run in parallel, on threads, so runs differ")
        .argParser(parseCpusUpTo(MAX_CPUS))
        .default(1),
    )
    .addOption(
      new Option("--clock <kind>", "virtual: time is the same in every run; real: follows the host's clock")
        .choices(["virtual", "real"])
        .default("virtual"),
    )
    .addOption(new Option("--seed <n>", "seed for everything random").argParser(parseCount).default(0));

/** The options of `kasan run` for the machine and the compiler, of which other commands have some. */
export type MachineFlags = FlagsOf<typeof machineOptions> &
  Partial<
    Pick<
      RunFlags,
      | "plugin"
      | "bootParam"
      | "panicOnWarn"
      | "singleShot"
      | "vmallocShadow"
      | "shadowScheme"
      | "listMissing"
      | "coverage"
    >
  >;

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
async function machineOf(flags: MachineFlags, choice: PluginChoice): Promise<Omit<MachineOptions, "log" | "onReport">> {
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
    coverage: flags.coverage !== undefined,
    defines: flags.define,
    includes: flags.include,
  };
}

/** Flags that mean nothing without a kernel's source, as they are written. */
const TREE_FLAGS = {
  autoFiles: "--auto-files limits what is compiled in from",
  strict: "--strict is about what is missing of",
  listMissing: "--list-missing is about what is compiled in from",
  builtin: "--builtin is for files of",
  replace: "--replace is for functions of",
  config: "--config is the configuration of",
} as const;

/** The flags about a kernel's source. */
type TreeFlags = Pick<MachineFlags, "kernelTree" | "auto"> & Partial<Pick<RunFlags, keyof typeof TREE_FLAGS>>;

/** How the options ask for a kernel's source to be used. */
export function treeOptions(flags: TreeFlags): TreeOptions | undefined {
  const { kernelTree, config, auto, autoFiles, builtin, strict, replace } = flags;
  if (kernelTree === undefined) {
    const given = Object.entries(TREE_FLAGS).find(([name]) => flags[name as keyof typeof TREE_FLAGS] !== undefined);
    const what = given?.[1] ?? (auto ? undefined : "--no-auto limits what is compiled in from");
    if (what !== undefined) throw new GuestError("BAD_INPUT", `${what} a kernel's source: give --kernel-tree as well`);
    return undefined;
  }
  const most = auto ? autoFiles : 0;
  return {
    folder: kernelTree,
    ...(config !== undefined && { config }),
    ...(most !== undefined && { autoFiles: most }),
    ...(strict && { strict }),
    ...(builtin && { builtin }),
    ...(replace && { replace }),
  };
}

/** Settings for running a program from the options: its machine, its compiler, the cache of compiled modules. */
export async function programOptions(
  flags: MachineFlags,
): Promise<Pick<ProgramOptions, "machine" | "plugins" | "compile" | "cache" | "tree">> {
  // Inline checks read the shadow themselves: nothing can look first.
  if (flags.probeShadow && flags.instrument === "inline") {
    throw new GuestError("BAD_INPUT", "--probe-shadow is for checks that are calls: leave out --instrument inline");
  }
  const choice = await pluginChoice(flags);
  const machine = await machineOf(flags, choice);
  const tree = treeOptions(flags);
  return {
    ...(tree && { tree }),
    machine,
    plugins: pluginSource(choice),
    compile: compileOptions(flags, machine.architecture),
    cache: new Cache(cacheFolder(), [PREBUILT_FOLDER]),
  };
}
