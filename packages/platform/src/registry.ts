import type { KasanMode } from "@kasan/shadow";
import { PlatformError } from "./error.ts";
import type { PlatformChoice, PlatformOption } from "./options.ts";
import type { Platform } from "./platform.ts";
import type { PlatformPlugin } from "./plugin.ts";

/**
 * Architectures by name. An unknown name fails, and says which there are.
 *
 * @example
 * ```ts
 * import { x86_64Plugin } from "@kasan/arch-x86";
 * import { Platforms } from "@kasan/platform";
 *
 * const platforms = new Platforms([x86_64Plugin]);
 * console.log(platforms.create("x86_64", { levels: "5" }).name); // x86-64, 5 levels
 * ```
 */
export class Platforms {
  private readonly plugins: readonly PlatformPlugin[];

  /**
   * Registers architectures; the first is the default.
   *
   * @throws {@link PlatformError} `PLATFORM_NAME` if two have one name.
   */
  constructor(plugins: readonly PlatformPlugin[]) {
    for (const [i, { name }] of plugins.entries()) {
      if (plugins.findIndex((one) => one.name === name) === i) continue;
      throw new PlatformError("PLATFORM_NAME", `two architectures are called ${name}; rename one`);
    }
    this.plugins = plugins;
  }

  /** All of them, in the order of registration. */
  get all(): readonly PlatformPlugin[] {
    return this.plugins;
  }

  /** Their names. */
  get names(): readonly string[] {
    return this.plugins.map(({ name }) => name);
  }

  /**
   * The architecture of a name.
   *
   * @throws {@link PlatformError} `PLATFORM_NAME` if there is none.
   */
  get(name: string): PlatformPlugin {
    const plugin = this.plugins.find((one) => one.name === name);
    if (plugin) return plugin;
    throw new PlatformError("PLATFORM_NAME", `no architecture is called ${name}; there are ${this.names.join(", ")}`);
  }

  /**
   * Makes a platform.
   *
   * @param choice Values of options; the others have their defaults.
   * @param kasan The kernel's KASAN; generic by default.
   * @throws {@link PlatformError} `PLATFORM_NAME`, `PLATFORM_OPTION`; and what the plugin throws for options that do not go
   * together.
   */
  create(name: string, choice: PlatformChoice = {}, kasan: KasanMode | "off" = "generic"): Platform {
    const plugin = this.get(name);
    return plugin.create(completeChoice(plugin, choice), kasan);
  }

  /** These and more. */
  with(plugins: readonly PlatformPlugin[]): Platforms {
    return new Platforms([...this.plugins, ...plugins]);
  }
}

/**
 * A choice with a value for each option of an architecture.
 *
 * @throws {@link PlatformError} `PLATFORM_OPTION` for an option that it does not have, or a value that the option does not take.
 */
export function completeChoice(plugin: PlatformPlugin, choice: PlatformChoice): PlatformChoice {
  checkChoice(plugin, choice);
  return { ...Object.fromEntries(plugin.options.map((option) => [option.name, option.default])), ...choice };
}

/**
 * Checks the values that are given.
 *
 * @throws {@link PlatformError} `PLATFORM_OPTION`, as {@link completeChoice}.
 */
export function checkChoice({ title, options }: PlatformPlugin, choice: PlatformChoice): void {
  for (const [name, value] of Object.entries(choice)) {
    const option = options.find((one) => one.name === name);
    if (!option) {
      const has = options.length === 0 ? "it has no options" : `it has ${options.map((one) => one.name).join(", ")}`;
      throw new PlatformError("PLATFORM_OPTION", `${title} has no option ${name}; ${has}`);
    }
    if (takes(option, value)) continue;
    throw new PlatformError("PLATFORM_OPTION", `${name} of ${title} is ${valuesOf(option)}, not ${value}`);
  }
}

function takes({ values }: PlatformOption, value: string): boolean {
  if (!("least" in values)) return values.includes(value);
  return /^\d{1,15}$/.test(value) && Number(value) >= values.least && Number(value) <= values.most;
}

/** The values of an option, for people: `4 or 5`, `36 to 52`. */
export function valuesOf({ values }: PlatformOption): string {
  if ("least" in values) return `${values.least} to ${values.most}`;
  return values.length < 2 ? values.join("") : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}
