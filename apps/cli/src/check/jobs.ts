import {
  type ArchitectureName,
  type ExploredScheme,
  type ExploredVariant,
  exploredScheme,
  PROPERTIES,
  type PropertyInfo,
  SUITE_PAGES,
  sharedScenario,
  suite,
  VARIANTS,
} from "@kasan/explore";
import { PAGE_SCHEMES } from "@kasan/shadow";
import { SCHEMES } from "@kasan/vmalloc";
import { plural } from "../plural.ts";
import { CheckError } from "./error.ts";
import type { CheckPlugin } from "./plugin.ts";
import type { CheckJob, PlainOptions } from "./request.ts";

/** Options of `kasan check` that say what is explored, and how far. */
export interface ExploredFlags {
  readonly arch: ArchitectureName[];
  readonly cpu: string[];
  readonly setup?: string;
  readonly bounds: { cpus: number; operations: number }[];
  readonly property?: string[];
  readonly plugin?: string;
  readonly reduction: boolean;
  readonly depth?: number;
  readonly preemptions?: number;
  readonly memory: number;
  readonly tlbInvalid?: boolean;
  readonly pages: number;
  readonly frames: number;
  readonly storeBuffer: number;
  readonly first?: boolean;
}

/**
 * A job for each scheme and architecture.
 *
 * @param names - of schemes, `all`, `variants`
 * @throws {@link CheckError} if there are too few pages for a suite; ExploreError `SCENARIO` if a scheme is unknown, or a scenario makes no sense
 */
export function jobsOf(names: readonly string[], flags: ExploredFlags, plugin: CheckPlugin): CheckJob[] {
  const options: PlainOptions = {
    reduction: flags.reduction,
    memory: flags.memory,
    stopAtFirst: flags.first ?? false,
    ...(flags.depth !== undefined && { depth: flags.depth }),
    ...(flags.preemptions !== undefined && { preemptions: flags.preemptions }),
    ...(flags.property && { properties: flags.property }),
  };
  return schemesOf(names).flatMap((name) => {
    const scheme = exploredScheme(name, plugin.schemes);
    return architecturesOf(scheme, flags).map((architecture): CheckJob => {
      const data = {
        ...programsOf(name, scheme, architecture, flags),
        scheme: name,
        architecture,
        ...machineOf(scheme, flags),
      };
      // What makes no sense is refused before anything is explored.
      sharedScenario(data, scheme);
      return { data, options, ...(flags.plugin !== undefined && { plugin: flags.plugin }) };
    });
  });
}

/** The properties that are looked at: all, or those asked for. @throws {@link CheckError} if one is unknown */
export function propertiesOf({ property: wanted }: ExploredFlags, plugin: CheckPlugin): PropertyInfo[] {
  const known = [...PROPERTIES, ...plugin.properties];
  const names = known.map(({ name }) => name);
  const unknown = wanted?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new CheckError(`no property is called ${unknown}; there are ${names.join(", ")}`);
  return known.filter(({ name }) => wanted?.includes(name) ?? true);
}

function schemesOf(names: readonly string[]): string[] {
  const all = names.flatMap((name) => {
    if (name === "all") return [...Object.keys(SCHEMES), ...Object.keys(PAGE_SCHEMES)];
    return name === "variants" ? VARIANTS.map((variant) => variant.name) : [name];
  });
  return [...new Set(all)];
}

const asVariant = (scheme: ExploredScheme): ExploredVariant | undefined =>
  "programs" in scheme ? (scheme as ExploredVariant) : undefined;

/** Those asked for on which a scheme is wrong, if there are any. */
function architecturesOf(scheme: ExploredScheme, { arch }: ExploredFlags): ArchitectureName[] {
  const only = asVariant(scheme)?.only;
  return only !== undefined && arch.includes(only) ? [only] : arch;
}

/** What is done: as the options say, as the variant does, or a suite. */
function programsOf(name: string, scheme: ExploredScheme, architecture: ArchitectureName, flags: ExploredFlags) {
  const variant = asVariant(scheme);
  const setup = flags.setup === undefined ? undefined : operationsOf(flags.setup);
  if (flags.cpu.length > 0) return { setup: setup ?? [], scenarios: [flags.cpu.map(operationsOf)] };
  if (variant) return { setup: setup ?? variant.setup, scenarios: [variant.programs] };
  if (scheme.make && flags.pages < SUITE_PAGES) {
    throw new CheckError(
      `${plural(flags.pages, "page")}; give at least ${SUITE_PAGES}, or what the CPUs do with --cpu`,
    );
  }
  const suites = suite(name, architecture, flags.bounds, scheme.pages !== undefined);
  return { setup: setup ?? suites[0].setup, scenarios: suites.map(({ programs }) => programs) };
}

const operationsOf = (text: string): string[] =>
  text
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part !== "");

const machineOf = (scheme: ExploredScheme, { pages, frames, storeBuffer, tlbInvalid }: ExploredFlags) => ({
  pages,
  frames,
  buffer: storeBuffer,
  cachesInvalid: tlbInvalid ?? asVariant(scheme)?.cachesInvalid ?? false,
});

/** What was explored, in a sentence. */
export function whatWasExplored(flags: ExploredFlags): string {
  const given = `${plural(flags.cpu.length, "CPU")} with the operations given`;
  const suites = flags.bounds
    .map(({ cpus, operations }) => `${plural(cpus, "CPU")} x ${plural(operations, "operation")}`)
    .join(", ");
  const extras = [
    flags.reduction ? "" : "without reduction",
    flags.preemptions === undefined ? "" : `at most ${plural(flags.preemptions, "preemption")}`,
    flags.depth === undefined ? "" : `at most ${plural(flags.depth, "step")}`,
    flags.first ? "each scenario up to its first violation" : "",
  ].filter((text) => text !== "");
  const of = flags.cpu.length > 0 ? given : `schemes: all programs of ${suites}; variants: their own`;
  return `Explored: ${[of, ...extras].join(", ")}.`;
}
