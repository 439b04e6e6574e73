import { architectures } from "@kasan/architectures";
import type { Architecture } from "@kasan/mmu";
import { completeChoice, member, type Platform, type PlatformPlugin, type Platforms } from "@kasan/platform";
import { PAGE_SCHEMES } from "@kasan/shadow";
import { SCHEMES, traitsOf } from "@kasan/vmalloc";
import { ExploreError } from "./error.ts";
import { VARIANTS } from "./variants/index.ts";
import { checkCounts, pageProgramsOf, programsOf } from "./world/programs.ts";
import type { ExploredScheme, Scenario } from "./world/scenario.ts";

/** A scheme with a known bug, and operations that reveal it. */
export interface ExploredVariant extends ExploredScheme {
  /** Description of the bug. */
  readonly about: string;
  /** Name of the violated property. */
  readonly breaks: string;
  /** Operations that run before the CPUs start. */
  readonly setup: readonly string[];
  /** Operations by CPU. */
  readonly programs: readonly (readonly string[])[];
  /** Returns whether the bug exists on an architecture; by default, it exists on all. */
  readonly wrongOn?: (architecture: Architecture) => boolean;
  /** Whether the bug needs TLBs that cache invalid entries. */
  readonly cachesInvalid?: boolean;
}

/**
 * Looks up a scheme to explore by name: a shipped scheme, or a variant with a known bug.
 *
 * @param own - a user's schemes, which take precedence
 * @throws {@link ExploreError} `SCENARIO` for an unknown name
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

/** A scenario as data that can be stored in a file or sent to a thread. */
export interface ScenarioData {
  /** Name of the scheme. */
  readonly scheme: string;
  /** Name of the architecture, which is used in its default configuration. */
  readonly architecture: string;
  /** Operations that run before the CPUs start. */
  readonly setup: readonly string[];
  /** Operations by CPU, for 1 to 6 CPUs; at most 256 including the set-up. */
  readonly programs: readonly (readonly string[])[];
  /** Pages of vmalloc space, or of memory, 2 to 64; 16 by default, which have two shadow pages. */
  readonly pages?: number;
  /** Pages of RAM for shadow and tables, 1 to 16; 6 by default. */
  readonly frames?: number;
  /** Entries of a store buffer, 1 to 16; 4 by default. */
  readonly buffer?: number;
  /** Whether TLBs cache invalid entries; by default, the architecture decides. */
  readonly cachesInvalid?: boolean;
  /** A step that is left out wherever code requests it, named as in a mutation's list. */
  readonly without?: string;
}

/**
 * Creates a scenario from data.
 *
 * @param scheme - a user's scheme, replaces the named one
 * @param platforms - the known architectures; by default, the built-in ones
 * @throws {@link ExploreError} `SCENARIO` if the data are invalid; PlatformError `PLATFORM_NAME` for an unknown architecture,
 *   `PLATFORM_MEMBER` for one without a memory model
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

/** Cached, because a suite has thousands of scenarios. */
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
