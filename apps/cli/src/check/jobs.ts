import {
  type ExploredScheme,
  type ExploredVariant,
  exploredPlatform,
  exploredScheme,
  PROPERTIES,
  type PropertyInfo,
  SUITE_PAGES,
  sharedScenario,
  suite,
  VARIANTS,
} from "@kasan/explore";
import type { Platforms } from "@kasan/platform";
import { PAGE_SCHEMES } from "@kasan/shadow";
import { SCHEMES } from "@kasan/vmalloc";
import type { CheckFlags } from "../commands/check.ts";
import type { Extensions } from "../plugins/extensions.ts";
import { plural } from "../plural.ts";
import { CheckError } from "./error.ts";
import type { CheckJob, PlainOptions } from "./request.ts";

/**
 * A job for each scheme and architecture.
 *
 * @param names - of schemes, `all`, `variants`
 * @throws {@link CheckError} if there are too few pages for a suite; ExploreError `SCENARIO` if a scheme is unknown, or a scenario makes no sense
 */
export function jobsOf(names: readonly string[], flags: CheckFlags, extensions: Extensions): CheckJob[] {
  const options: PlainOptions = {
    reduction: flags.reduction,
    memory: flags.memory,
    stopAtFirst: flags.first ?? false,
    ...(flags.depth !== undefined && { depth: flags.depth }),
    ...(flags.preemptions !== undefined && { preemptions: flags.preemptions }),
    ...(flags.property && { properties: flags.property }),
  };
  return schemesOf(names).flatMap((name) => {
    const scheme = exploredScheme(name, extensions.schemes);
    return architecturesOf(scheme, flags, extensions.platforms).map((architecture): CheckJob => {
      const data = {
        ...programsOf(name, scheme, architecture, flags),
        scheme: name,
        architecture,
        ...machineOf(scheme, flags),
      };
      // Options that make no sense are refused before anything is explored.
      sharedScenario(data, scheme, extensions.platforms);
      return { data, options, ...(flags.plugin !== undefined && { plugin: flags.plugin }) };
    });
  });
}

/** The properties that are looked at: all, or those asked for. @throws {@link CheckError} if one is unknown */
export function propertiesOf({ property: wanted }: CheckFlags, extensions: Extensions): PropertyInfo[] {
  const known = [...PROPERTIES, ...extensions.properties];
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

/** Those asked for; of them those on which a scheme is wrong, if there are any. */
function architecturesOf(scheme: ExploredScheme, { arch }: CheckFlags, platforms: Platforms): string[] {
  const explored = (name: string) => exploredPlatform(platforms.get(name));
  const asked = arch.includes("all") ? platforms.names.filter((name) => explored(name).memoryModel) : arch;
  const wrongOn = asVariant(scheme)?.wrongOn;
  if (!wrongOn) return [...asked];
  const wrong = asked.filter((name) => wrongOn(explored(name)));
  return wrong.length > 0 ? wrong : [...asked];
}

/** The operations to run: those of the options, those of the variant, or a suite. */
function programsOf(name: string, scheme: ExploredScheme, architecture: string, flags: CheckFlags) {
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

const machineOf = (scheme: ExploredScheme, { pages, frames, storeBuffer, tlbInvalid }: CheckFlags) => ({
  pages,
  frames,
  buffer: storeBuffer,
  ...cachesInvalidOf(tlbInvalid ?? asVariant(scheme)?.cachesInvalid),
});

/** Whether TLBs remember invalid entries: as is said, or else as the architecture does. */
const cachesInvalidOf = (cachesInvalid: boolean | undefined) => (cachesInvalid === undefined ? {} : { cachesInvalid });

/** Describes in a sentence what was explored. */
export function whatWasExplored(flags: CheckFlags): string {
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
