import { arm64 } from "@kasan/arch-arm64";
import { x86_64 } from "@kasan/arch-x86";
import type { Architecture } from "@kasan/mmu";
import { PAGE_SCHEMES } from "@kasan/shadow";
import { SCHEMES } from "@kasan/vmalloc";
import { ExploreError } from "./error.ts";
import { ARM64, type MemoryModel, X86 } from "./machine/model.ts";
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
  /** The only architecture on which it is wrong; all by default. */
  readonly only?: ArchitectureName;
  /** Whether it needs TLBs that remember invalid entries. */
  readonly cachesInvalid?: boolean;
}

/** A name of {@link ARCHITECTURES}. */
export type ArchitectureName = "x86" | "arm64";

/** A processor that can be explored. */
export interface ExploredArchitecture {
  /** Its page tables. */
  readonly architecture: Architecture;
  /** Its order of memory. */
  readonly model: MemoryModel;
}

/** Architectures by name. */
export const ARCHITECTURES: Readonly<Record<ArchitectureName, ExploredArchitecture>> = {
  x86: { architecture: x86_64({ levels: 4 }), model: X86 },
  arm64: { architecture: arm64(), model: ARM64 },
};

/** What unused shadow shows, by the names of the schemes that ship. */
const UNUSED: Readonly<Record<string, "zero" | "poison">> = { early: "zero", flip: "zero", poison: "poison" };

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
  if (Object.hasOwn(SCHEMES, name)) return { name, make: SCHEMES[name], ...(UNUSED[name] && { unused: UNUSED[name] }) };
  const shipped = [...Object.keys(SCHEMES), ...Object.keys(PAGE_SCHEMES)];
  const names = [...own.map((one) => one.name), ...shipped, ...VARIANTS.map((one) => one.name)];
  throw new ExploreError("SCENARIO", `no scheme is called ${name}; there are ${names.join(", ")}`);
}

/** A scenario as data: what a file can hold, and what a thread can be sent. */
export interface ScenarioData {
  /** A scheme's name. */
  readonly scheme: string;
  /** What it runs on. */
  readonly architecture: ArchitectureName;
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
  /** Whether TLBs remember that nothing is mapped somewhere. */
  readonly cachesInvalid?: boolean;
  /** A step that is left out, wherever code asks for it: its name as a mutation lists it. */
  readonly without?: string;
}

/**
 * The scenario that data describe.
 *
 * @param scheme - in place of the named one: a user's
 * @throws {@link ExploreError} `SCENARIO` if they make no sense
 */
export function makeScenario(data: ScenarioData, scheme: ExploredScheme = exploredScheme(data.scheme)): Scenario {
  const { architecture, model } = exploredArchitecture(data.architecture);
  checkCounts(data.setup, data.programs);
  const pages = sizeOf("pages", data.pages ?? 16, 2, 64);
  const look = scheme.pages ? pageProgramsOf : programsOf;
  const { setup, programs, handles } = look(data.setup, data.programs, pages);
  return {
    name: `${data.scheme} on ${data.architecture}`,
    scheme,
    architecture,
    model: { ...model, cachesInvalid: data.cachesInvalid ?? false },
    pages,
    frames: sizeOf("frames", data.frames ?? 6, 1, 16),
    buffer: sizeOf("entries of a store buffer", data.buffer ?? 4, 1, 16),
    handles,
    setup,
    programs,
    ...(data.without !== undefined && { without: data.without }),
  };
}

function exploredArchitecture(name: string): ExploredArchitecture {
  if (Object.hasOwn(ARCHITECTURES, name)) return ARCHITECTURES[name as ArchitectureName];
  const names = Object.keys(ARCHITECTURES).join(", ");
  throw new ExploreError("SCENARIO", `no architecture is called ${name}; there are ${names}`);
}

function sizeOf(what: string, count: number, least: number, most: number): number {
  if (Number.isInteger(count) && count >= least && count <= most) return count;
  throw new ExploreError("SCENARIO", `${count} ${what}; give ${least} to ${most}`);
}
