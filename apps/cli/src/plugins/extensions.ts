import { architectures } from "@kasan/architectures";
import type { ExploredScheme, UserProperty } from "@kasan/explore";
import type { Platforms } from "@kasan/platform";
import { KasanError, type MakePageScheme, PAGE_SCHEMES } from "@kasan/shadow";
import { type MakeScheme, SCHEMES, type ShadowScheme } from "@kasan/vmalloc";
import { didYouMean } from "../did-you-mean.ts";
import { PER_BYTE } from "../values.ts";
import { loadPlugin } from "./plugin.ts";

/** A scheme that nothing provides. */
class SchemeError extends KasanError {
  constructor(name: string, known: readonly string[]) {
    super("SCHEME", `no scheme is called ${name}${didYouMean(name, known)}; there are ${known.join(", ")}`);
    this.name = "SchemeError";
  }
}

/** Everything that commands look up by name: what ships, and what a plugin adds. */
export class Extensions {
  /** The architectures. */
  readonly platforms: Platforms;
  /** The plugin's schemes. */
  readonly schemes: readonly ExploredScheme[];
  /** The plugin's properties. */
  readonly properties: readonly UserProperty[];

  private constructor(platforms: Platforms, schemes: readonly ExploredScheme[], properties: readonly UserProperty[]) {
    this.platforms = platforms;
    this.schemes = schemes;
    this.properties = properties;
  }

  /**
   * Everything that ships, and what a plugin adds, if one is given.
   *
   * @throws KasanError `PLUGIN` if the module is not a plugin, `PLATFORM_NAME` if its architecture's name is taken
   */
  static async load(plugin: string | undefined): Promise<Extensions> {
    if (plugin === undefined) return new Extensions(architectures, [], []);
    const { platforms, schemes, properties } = await loadPlugin(plugin);
    return new Extensions(architectures.with(platforms), schemes, properties);
  }

  /** Names of the schemes for vmalloc space. */
  get vmallocSchemes(): string[] {
    return [...Object.keys(SCHEMES), ...this.schemes.flatMap(({ name, make }) => (make ? [name] : []))];
  }

  /** Names of the schemes for the direct map, the one with a byte for each granule first. */
  get pageSchemes(): string[] {
    const own = this.schemes.flatMap(({ name, pages }) => (pages ? [name] : []));
    return [PER_BYTE, ...Object.keys(PAGE_SCHEMES), ...own];
  }

  /** A scheme for vmalloc space. @throws KasanError `SCHEME` if there is none of the name */
  vmallocScheme(name: string): MakeScheme {
    const make = this.schemes.find((one) => one.name === name)?.make;
    if (make) return (backend): ShadowScheme => make(backend, NO_SECTIONS);
    if (Object.hasOwn(SCHEMES, name)) return SCHEMES[name];
    throw new SchemeError(name, this.vmallocSchemes);
  }

  /** A scheme for the direct map; undefined: a byte for each granule. @throws KasanError `SCHEME` if there is none of the name */
  pageScheme(name: string): MakePageScheme | undefined {
    if (name === PER_BYTE) return undefined;
    const pages = this.schemes.find((one) => one.name === name)?.pages;
    if (pages) return pages;
    if (Object.hasOwn(PAGE_SCHEMES, name)) return PAGE_SCHEMES[name];
    throw new SchemeError(name, this.pageSchemes);
  }
}

/** A machine that runs does not look at what code says of its sections: only the explorer does. */
const NO_SECTIONS = { enter: () => {}, leave: () => {} };
