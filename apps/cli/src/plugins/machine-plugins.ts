import type { PluginSource, Plugins } from "@kasan/guest";
import type { PlatformChoice } from "@kasan/platform";
import type { KasanMode } from "@kasan/shadow";
import { Extensions } from "./extensions.ts";

/** The choice of a processor, in a form that can be sent to threads. */
export interface ProcessorChoice {
  /** The architecture's name. */
  readonly name: string;
  /** Values of its options; the others have their defaults. */
  readonly options: PlatformChoice;
  /** The kernel's KASAN. */
  readonly kasan: KasanMode | "off";
}

/** The choice of a machine's plugins, in a form that can be sent to threads. */
export interface PluginChoice {
  readonly processor: ProcessorChoice;
  readonly vmallocShadow: string;
  /** `per-byte`, or the name of a per-page scheme. */
  readonly shadowScheme: string;
  /** A plugin's file or package. */
  readonly plugin?: string;
}

/** The parts of a machine that are functions. Threads of a machine load this file to make them again. */
export async function plugins(choice: PluginChoice): Promise<Plugins> {
  const { processor, vmallocShadow, shadowScheme, plugin } = choice;
  const extensions = await Extensions.load(plugin);
  const pages = extensions.pageScheme(shadowScheme);
  return {
    architecture: extensions.platforms.create(processor.name, processor.options, processor.kasan),
    vmallocShadow: extensions.vmallocScheme(vmallocShadow),
    ...(pages && { shadowScheme: pages }),
  };
}

// The build puts this file beside the bundles; sources run beside a build.
const MODULE = import.meta.url.endsWith(".ts")
  ? new URL("../../dist/plugins/machine-plugins.js", import.meta.url)
  : new URL("./plugins/machine-plugins.js", import.meta.url);

/** How threads get a choice of plugins. */
export const pluginSource = (data: PluginChoice): PluginSource => ({ module: MODULE.href, data });
