import { x86_64 } from "@kasan/arch-x86";
import type { PluginSource, Plugins } from "@kasan/guest";
import { SCHEMES } from "@kasan/vmalloc";

/** What chooses a machine's plugins, as it can be sent to threads. */
export interface PluginChoice {
  readonly levels: 4 | 5;
  readonly vmallocShadow: string;
}

/** The parts of a machine that are functions. Threads of a machine load this file to make them again. */
export function plugins({ levels, vmallocShadow }: PluginChoice): Plugins {
  return { architecture: x86_64({ levels }), vmallocShadow: SCHEMES[vmallocShadow] };
}

// The build puts this file beside the bundles; sources run beside a build.
const MODULE = import.meta.url.endsWith(".ts")
  ? new URL("../dist/machine-plugins.js", import.meta.url)
  : new URL("./machine-plugins.js", import.meta.url);

/** How threads get a choice of plugins. */
export const pluginSource = (data: PluginChoice): PluginSource => ({ module: MODULE.href, data });
