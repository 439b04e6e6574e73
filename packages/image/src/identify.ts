import { architectures } from "@kasan/architectures";
import { type Tables, WalkResult, walk } from "@kasan/mmu";
import { type CoreNote, checkChoice, type Identified, type PlatformPlugin, type Platforms } from "@kasan/platform";
import { ImageError } from "./error.ts";
import type { ImageHints, ImageMachine } from "./machine.ts";
import type { ImageMemory } from "./memory.ts";
import { readSymbols } from "./symbols/read-symbols.ts";
import type { SymbolTable } from "./symbols/symbol-table.ts";
import { parseSystemMap } from "./symbols/system-map.ts";
import { VirtualMemory } from "./virtual.ts";
import { findVmcoreInfo, type VmcoreInfo, vmcoreInfoOf } from "./vmcoreinfo.ts";

/** Statements about a machine, and the architectures that it can be of. */
export interface MachineOptions extends ImageHints {
  /** The architectures that an image can be of: those that ship, by default. */
  readonly platforms?: Platforms;
}

/** What an image tells of its machine. */
export interface MachineEvidence {
  /** What messages call the image. */
  readonly path: string;
  /** Its machine's ELF number, if it says so. */
  readonly elfMachine: number | undefined;
  readonly memory: ImageMemory;
  readonly notes: readonly CoreNote[];
}

/**
 * Finds out what machine an image is of.
 *
 * @throws {@link ImageError} `IMAGE_FORMAT`, `IMAGE_OPTIONS`, `IMAGE_ROOT`
 */
export function identifyMachine(evidence: MachineEvidence, options: MachineOptions): ImageMachine {
  const facts = factsOf(evidence, options);
  const plugin = pluginOf(evidence, options, facts);
  checkHints(plugin, evidence.memory, options);
  const { memory, notes, path } = evidence;
  if (!plugin.identify) {
    const why = `nothing here finds the page tables of ${plugin.title} in an image`;
    throw new ImageError("IMAGE_OPTIONS", `${path}: ${why}`);
  }
  const variables = new KernelVariables(memory, facts, options);
  const variable = (tables: Tables, name: string) => variables.value(tables, name);
  const found = (hints: ReturnType<typeof hintsOf>) => plugin.identify!({ memory, notes, hints, facts, variable });
  const identified = found(hintsOf(options));
  if (!identified) {
    const { title, rootRegister = "its root register" } = plugin;
    const why = `no page tables of a kernel of ${title} were found in the first 4 GB of the image; give ${rootRegister} with --root`;
    throw new ImageError("IMAGE_ROOT", why);
  }
  const known = facts();
  const { config, vmlinux } = options;
  const { symbols } = variables;
  const types = vmlinux?.types();
  const shown = options.kasan === undefined ? identified : found({ ...hintsOf(options), kasan: undefined });
  return {
    ...identified,
    warnings: [...identified.warnings, ...modeWarnings(identified, shown?.kasan)],
    arch: plugin.name,
    release: known?.text("OSRELEASE"),
    kernelOffset: known?.kernelOffset,
    config,
    ...(known && { facts: known }),
    ...(symbols && { symbols }),
    ...(types && { types }),
  };
}

/** What there is to say of a mode that was given. `shown`: what the image shows. */
function modeWarnings({ kasan, platform }: Identified, shown: Identified["kasan"] | undefined): string[] {
  if (platform.ignoredTopBits === 0 && kasan.endsWith("_tags"))
    throw new ImageError("IMAGE_OPTIONS", `${platform.name} has no pointers with tags; leave out --mode ${kasan}`);
  if (shown === undefined || shown === "off" || shown === kasan) return [];
  return [
    `the image has the shadow of KASAN's ${shown} mode; with --mode ${kasan}, verdicts and states of objects can be wrong`,
  ];
}

const hintsOf = ({ root, userRoot, kasan, choice = {} }: MachineOptions) => ({ root, userRoot, kasan, choice });

type Facts = () => VmcoreInfo | undefined;

/** The kernel's description of itself, looked for on first use. */
function factsOf({ memory, notes }: MachineEvidence, { root }: MachineOptions): Facts {
  let info: { readonly value: VmcoreInfo | undefined } | undefined;
  return () => {
    // With a root given, there is nothing left that would be worth a search.
    info ??= { value: vmcoreInfoOf(notes) ?? (root === undefined ? findVmcoreInfo(memory) : undefined) };
    return info.value;
  };
}

/** A kernel's variables by their names. */
class KernelVariables {
  /** Its symbols, if they were asked for. */
  symbols: SymbolTable | undefined;

  constructor(
    private readonly memory: ImageMemory,
    private readonly facts: Facts,
    { systemMap, vmlinux }: MachineOptions,
  ) {
    if (systemMap !== undefined) this.symbols = parseSystemMap(systemMap, facts()?.kernelOffset);
    else if (vmlinux) this.symbols = vmlinux.symbols(facts()?.kernelOffset);
    if (this.symbols) checkSymbols(this.symbols, facts());
  }

  /** The first eight bytes of a variable, through some page tables. */
  value(tables: Tables, name: string): bigint | undefined {
    const found = new WalkResult();
    const translatePage = (vpn: number) => (walk(tables, vpn, found) ? found.physical : -1);
    const memory = new VirtualMemory({ translatePage, memory: this.memory, architecture: tables.architecture });
    try {
      this.symbols ??= readSymbols(tables, memory, this.facts());
      const symbol = this.symbols.find(name);
      return symbol && memory.u64(symbol.address);
    } catch (error) {
      if (error instanceof ImageError) return undefined;
      throw error;
    }
  }
}

/** Refuses symbols that were given and are of another kernel: those that VMCOREINFO names have other addresses. */
function checkSymbols(symbols: SymbolTable, facts: VmcoreInfo | undefined): void {
  for (const name of ["_stext", "swapper_pg_dir", "init_uts_ns"]) {
    const [given, own] = [symbols.find(name)?.address, facts?.symbol(name)];
    if (given === undefined || own === undefined || given === own) continue;
    const where = `${name} at ${given.toString(16)}, the image at ${own.toString(16)}`;
    throw new ImageError("IMAGE_OPTIONS", `the symbols are those of another kernel: they have ${where}`);
  }
}

function checkHints(
  plugin: PlatformPlugin,
  memory: ImageMemory,
  { root, userRoot, choice = {} }: MachineOptions,
): void {
  checkChoice(plugin, choice);
  if (userRoot !== undefined && plugin.userRootRegister === undefined) {
    throw new ImageError("IMAGE_OPTIONS", `${plugin.name} has one root for kernel and user space; give it with --root`);
  }
  for (const given of [root, userRoot]) {
    if (given === undefined || memory.holds(given)) continue;
    throw new ImageError(
      "IMAGE_ROOT",
      `the root, physical 0x${given.toString(16)}, is not in the memory that the image holds; give another`,
    );
  }
}

/** The architecture: as the image says, or as it is given, or the one whose page tables the kernel names. */
function pluginOf(evidence: MachineEvidence, options: MachineOptions, facts: Facts): PlatformPlugin {
  const { platforms = architectures, arch } = options;
  const { elfMachine, path } = evidence;
  if (elfMachine === undefined) {
    return arch === undefined ? recognised(evidence, platforms, options, facts) : platforms.get(arch);
  }
  const plugin = ofElfMachine(elfMachine, evidence, platforms, arch);
  if (arch !== undefined && arch !== plugin.name) {
    throw new ImageError("IMAGE_OPTIONS", `${path}: memory of ${plugin.name}, not of ${arch}; leave out --arch`);
  }
  return plugin;
}

/** The architecture whose page tables are where the kernel says they are. */
function recognised(
  evidence: MachineEvidence,
  platforms: Platforms,
  options: MachineOptions,
  facts: Facts,
): PlatformPlugin {
  const { memory, notes, path } = evidence;
  const able = platforms.all.filter(({ identify }) => identify !== undefined);
  if (facts() !== undefined) {
    const named = able.find((plugin) =>
      isNamed(plugin, { memory: withoutSearch(memory), notes, hints: hintsOf(options), facts }),
    );
    if (named) return named;
  }
  const names = able.map(({ name }) => `--arch ${name}`);
  const how = `give ${names.slice(0, -1).join(", ")} or ${names.at(-1)}, and --root if the tables are not found`;
  throw new ImageError("IMAGE_OPTIONS", `${path}: it does not say which machine it is of: ${how}`);
}

type Evidence = Parameters<NonNullable<PlatformPlugin["identify"]>>[0];

function isNamed({ identify }: PlatformPlugin, evidence: Evidence): boolean {
  const found: Identified | undefined = identify!({ ...evidence, hints: { ...evidence.hints, choice: {} } });
  return found !== undefined && found.rootFrom !== "search";
}

/** An image's memory in which nothing can be searched. */
const withoutSearch = (memory: ImageMemory): Evidence["memory"] => ({
  segments: [],
  read: (physical, into) => memory.read(physical, into),
  holds: (physical) => memory.holds(physical),
  word: (physical) => memory.word(physical),
  repeats: (physical, bytes) => memory.repeats(physical, bytes),
});

const NT_PRSTATUS = 1;

/**
 * The architecture that the header says, unless every note of a CPU is another one's. Where several share an ELF machine, it is
 * `arch` if that is one of them, and else the first.
 */
function ofElfMachine(
  machine: number,
  { path, notes }: MachineEvidence,
  platforms: Platforms,
  arch?: string,
): PlatformPlugin {
  const known = platforms.all.filter(({ core }) => core !== undefined);
  const fitting = known.filter(({ core }) => core?.elfMachine === machine);
  const said = fitting.find(({ name }) => name === arch) ?? fitting[0];
  if (!said) {
    const names = known.map(({ name, core }) => `${name} (${core?.elfMachine})`).join(", ");
    throw new ImageError("IMAGE_FORMAT", `${path}: a core of ELF machine ${machine}; known are ${names}`);
  }
  const sizes = notes
    .filter(({ owner, type }) => owner === "CORE" && type === NT_PRSTATUS)
    .map(({ data }) => data.length);
  const other = known.find(({ core }) => sizes.length > 0 && sizes.every((size) => size === core?.statusBytes));
  if (other && other.core?.statusBytes !== said.core?.statusBytes) {
    const why = `its header says ${said.name}, but its notes are of CPUs of ${other.name}`;
    throw new ImageError("IMAGE_FORMAT", `${path}: ${why}; dump the machine's memory again`);
  }
  return said;
}
