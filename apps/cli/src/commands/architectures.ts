import { Command, Option, type OptionValues } from "@commander-js/extra-typings";
import { architectures } from "@kasan/architectures";
import { checkChoice, type PlatformChoice, type PlatformOption, type Platforms, valuesOf } from "@kasan/platform";
import { KasanError, type KasanMode } from "@kasan/shadow";
import type { ProcessorChoice } from "../plugins/machine-plugins.ts";
import { addOptions } from "./flags.ts";

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
export function openChoices<O extends Pick<Option, "argChoices">>(option: O, names: readonly string[]): O {
  option.argChoices = [...names];
  return option;
}

/** A flag for each option of the architectures that ship. Their names are data, so the type of the flags has none of them. */
export function choiceOptions() {
  const group = new Command();
  for (const shared of SHARED) {
    const { name, placeholder } = shared.option;
    group.addOption(new Option<string>(`--${name} <${placeholder}>`, describe(shared)));
  }
  return group;
}

/** The flags that choose a processor: `--arch`, as {@link parseArchitecture} reads it, and {@link choiceOptions}. */
export const processorOptions = (arch: string = architectures.names[0]) =>
  addOptions(
    new Command().addOption(
      openChoices(new Option("--arch <name[:option=value,…]>", "processor").default(arch), architectures.names),
    ),
    choiceOptions(),
  );

/** The values of the flags of {@link choiceOptions}. */
export const givenOptions = (flags: OptionValues): PlatformChoice =>
  Object.fromEntries(
    SHARED.flatMap(({ option }) => {
      const value = flags[flagName(option.name)];
      return typeof value === "string" ? [[option.name, value.toLowerCase()] as const] : [];
    }),
  );

/** The flag that names a plugin. */
export const pluginOption = (brings: string) =>
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
function chosenOptions(flags: OptionValues, name: string, platforms: Platforms): PlatformChoice {
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
  flags: OptionValues & { readonly arch: string; readonly mode: KasanMode | "off" },
  platforms: Platforms,
): ProcessorChoice {
  const { name, options } = parseArchitecture(flags.arch);
  return { name, options: { ...options, ...chosenOptions(flags, name, platforms) }, kasan: flags.mode };
}
