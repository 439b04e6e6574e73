import { architectures } from "@kasan/architectures";
import type { Architecture } from "@kasan/mmu";
import { completeChoice, member, type Platform, type PlatformPlugin, type Platforms } from "@kasan/platform";
import { PAGE_SCHEMES } from "@kasan/shadow";
import { SCHEMES, traitsOf } from "@kasan/vmalloc";
import { ExploreError } from "./error.ts";
import { VARIANTS } from "./variants/index.ts";
import { checkCounts, pageProgramsOf, programsOf } from "./world/programs.ts";
import type { ExploredScheme, Scenario } from "./world/scenario.ts";

/** A scheme with a bug that is known, and operations that bring it out. */
export interface ExploredVariant extends ExploredScheme {
  /** What is wrong with it. */
  readonly about: string;
  /** Name of the property that does not hold. */
  readonly breaks: string;
  /** Operations before the CPUs start. */
  readonly setup: readonly string[];
  /** Operations by CPU. */
  readonly programs: readonly (readonly string[])[];
  /** On which architectures it is wrong; by default on all. */
  readonly wrongOn?: (architecture: Architecture) => boolean;
  /** Whether it needs TLBs that remember invalid entries. */
  readonly cachesInvalid?: boolean;
}

/**
 * A scheme that can be explored, by name: one of those that ship, or a variant with a known bug.
 *
 * @param own - a user's, which come first
 * @throws {@link ExploreError} `SCENARIO` if there is none of that name
 */
export function exploredScheme(name: string, own: readonly ExploredScheme[] = []): ExploredScheme | ExploredVariant {
  const known = [...own, ...VARIANTS].find((candidate) => candidate.name === name);
  if (known) return known;
  if (Object.hasOwn(PAGE_SCHEMES, name)) return { name, pages: PAGE_SCHEMES[name] };
  if (Object.hasOwn(SCHEMES, name)) return { name, make: SCHEMES[name], unused: traitsOf(SCHEMES[name]).unused };
  const shipped = [...Object.keys(SCHEMES), ...Object.keys(PAGE_SCHEMES)];
  const names = [...own.map((one) => one.name), ...shipped, ...VARIANTS.map((one) => one.name)];
  throw new ExploreError("SCENARIO", `no scheme is called ${name}; there are ${names.join(", ")}`);
}

/** A scenario as data: what a file can hold, and what a thread can be sent. */
export interface ScenarioData {
  /** A scheme's name. */
  readonly scheme: string;
  /** What it runs on: the name of an architecture, in its default configuration. */
  readonly architecture: string;
  /** Operations before the CPUs start. */
  readonly setup: readonly string[];
  /** Operations by CPU, of 1 to 6; with those of the set-up at most 256. */
  readonly programs: readonly (readonly string[])[];
  /** Pages of vmalloc space, or of memory, 2 to 64: 16 by default, which are two pages of shadow. */
  readonly pages?: number;
  /** Pages of RAM for shadow and tables, 1 to 16: 6 by default. */
  readonly frames?: number;
  /** Entries of a store buffer, 1 to 16: 4 by default. */
  readonly buffer?: number;
  /** Whether TLBs remember that nothing is mapped somewhere; as the architecture says, by default. */
  readonly cachesInvalid?: boolean;
  /** A step that is left out, wherever code asks for it: its name as a mutation lists it. */
  readonly without?: string;
}

/**
 * The scenario that data describe.
 *
 * @param scheme - in place of the named one: a user's
 * @param platforms - the architectures that there are; those that ship, by default
 * @throws {@link ExploreError} `SCENARIO` if they make no sense; PlatformError `PLATFORM_NAME` for an architecture that is not there,
 * `PLATFORM_MEMBER` for one without a memory model
 */
export function makeScenario(
  data: ScenarioData,
  scheme: ExploredScheme = exploredScheme(data.scheme),
  platforms: Platforms = architectures,
): Scenario {
  const architecture = exploredPlatform(platforms.get(data.architecture));
  const model = member(architecture, "memoryModel", "explore interleavings");
  checkCounts(data.setup, data.programs);
  const pages = sizeOf("pages", data.pages ?? 16, 2, 64);
  const look = scheme.pages ? pageProgramsOf : programsOf;
  const { setup, programs, handles } = look(data.setup, data.programs, pages);
  return {
    name: `${data.scheme} on ${data.architecture}`,
    scheme,
    architecture,
    model,
    cachesInvalid: data.cachesInvalid ?? architecture.cachesInvalid ?? false,
    pages,
    frames: sizeOf("frames", data.frames ?? 6, 1, 16),
    buffer: sizeOf("entries of a store buffer", data.buffer ?? 4, 1, 16),
    handles,
    setup,
    programs,
    ...(data.without !== undefined && { without: data.without }),
  };
}

/** Made once: a suite has thousands of scenarios. */
const made = new WeakMap<PlatformPlugin, Platform>();

/** An architecture in its default configuration. */
export function exploredPlatform(plugin: PlatformPlugin): Platform {
  const known = made.get(plugin);
  if (known) return known;
  const platform = plugin.create(completeChoice(plugin, {}), "generic");
  made.set(plugin, platform);
  return platform;
}

function sizeOf(what: string, count: number, least: number, most: number): number {
  if (Number.isInteger(count) && count >= least && count <= most) return count;
  throw new ExploreError("SCENARIO", `${count} ${what}; give ${least} to ${most}`);
}
