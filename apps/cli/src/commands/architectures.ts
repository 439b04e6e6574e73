import { architectures } from "@kasan/architectures";
import { checkChoice, type PlatformChoice, type PlatformOption, type Platforms, valuesOf } from "@kasan/platform";
import { KasanError, type KasanMode } from "@kasan/shadow";
import { Option } from "commander";
import type { ProcessorChoice } from "../plugins/machine-plugins.ts";

/** Flags that choose a processor: `--arch`, and one for each option of the architectures that ship. */
export interface ProcessorFlags {
  /** The architecture's name, and values of its options: `riscv64`, `arm64:page-size=16k,va-bits=47`. */
  readonly arch: string;
}

/** A flag that the chosen processor does not have, or a choice that does not exist. */
class ProcessorError extends KasanError {
  override name = "ProcessorError";
}

/** An option of some architectures, which are given by name. */
interface SharedOption {
  readonly option: PlatformOption;
  readonly owners: readonly string[];
}

/** The options of the architectures that ship, each name once. */
const SHARED: readonly SharedOption[] = [
  ...new Set(architectures.all.flatMap(({ options }) => options.map(({ name }) => name))),
].map((name) => {
  const owners = architectures.all.filter(({ options }) => options.some((option) => option.name === name));
  const option = owners[0].options.find((one) => one.name === name)!;
  return { option, owners: owners.map((owner) => owner.name) };
});

/** Describes an option for each architecture that has it, for help. */
const describe = ({ option, owners }: SharedOption): string => {
  const values = owners.map((owner) => {
    const own = architectures.get(owner).options.find(({ name }) => name === option.name)!;
    return `${owner}: ${valuesOf(own)}, ${own.default} by default`;
  });
  return `${option.about} (${values.join("; ")})`;
};

/** `page-size` as commander names it among flags: `pageSize`. */
const flagName = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** An option whose values are offered, and checked later: a plugin may know more. */
export function openChoices(option: Option, names: readonly string[]): Option {
  option.argChoices = [...names];
  return option;
}

/** A flag for each option of the architectures that ship. */
export const choiceOptions = (): Option[] =>
  SHARED.map((shared) => new Option(`--${shared.option.name} <${shared.option.placeholder}>`, describe(shared)));

/** The flags of {@link ProcessorFlags}. */
export const processorOptions = (arch: string = architectures.names[0]): Option[] => [
  openChoices(new Option("--arch <name[:option=value,…]>", "processor").default(arch), architectures.names),
  ...choiceOptions(),
];

/** The values that those flags have. */
export const givenOptions = (flags: object): PlatformChoice =>
  Object.fromEntries(
    SHARED.flatMap(({ option }) => {
      const value = (flags as Record<string, unknown>)[flagName(option.name)];
      return typeof value === "string" ? [[option.name, value.toLowerCase()] as const] : [];
    }),
  );

/** The flag that names a plugin. */
export const pluginOption = (brings: string): Option =>
  new Option(
    "--plugin <file|package>",
    `a module, JavaScript or TypeScript, that exports ${brings}; see docs/plugins.md`,
  );

/** `NAME` or `NAME:OPTION=VALUE,…`. @throws KasanError `PROCESSOR` for other texts */
export function parseArchitecture(text: string): { readonly name: string; readonly options: PlatformChoice } {
  const [, name, rest] = /^([^:]*)(?::(.*))?$/.exec(text)!;
  const options = (rest ?? "")
    .split(",")
    .filter((part) => part !== "")
    .map((part) => {
      const [, key, value] = /^([^=]+)=(.+)$/.exec(part) ?? [];
      if (key === undefined)
        throw new ProcessorError("PROCESSOR", `--arch ${text}: write NAME:OPTION=VALUE, like arm64:va-bits=39`);
      return [key, value] as const;
    });
  return { name: name, options: Object.fromEntries(options) };
}

/**
 * The values of an architecture's options that flags give.
 *
 * @throws KasanError `PROCESSOR` for a flag of another architecture; `PLATFORM_NAME`, `PLATFORM_OPTION`
 */
function chosenOptions(flags: object, name: string, platforms: Platforms): PlatformChoice {
  const plugin = platforms.get(name);
  const choice = givenOptions(flags);
  for (const { option, owners } of SHARED) {
    if (choice[option.name] === undefined || plugin.options.some((one) => one.name === option.name)) continue;
    const which = owners.map((owner) => `--arch ${owner}`).join(" or ");
    throw new ProcessorError("PROCESSOR", `--${option.name} belongs to ${owners.join(" and ")}; give ${which} with it`);
  }
  checkChoice(plugin, choice);
  return choice;
}

/**
 * The processor that flags choose.
 *
 * @throws KasanError as {@link chosenOptions}
 */
export function processorChoice(
  flags: ProcessorFlags & { readonly mode: KasanMode | "off" },
  platforms: Platforms,
): ProcessorChoice {
  const { name, options } = parseArchitecture(flags.arch);
  return { name, options: { ...options, ...chosenOptions(flags, name, platforms) }, kasan: flags.mode };
}
