import { arm64 } from "@kasan/arch-arm64";
import { x86_64 } from "@kasan/arch-x86";
import type { PluginSource, Plugins } from "@kasan/guest";
import type { Architecture } from "@kasan/mmu";
import { type KasanMode, PAGE_SCHEMES } from "@kasan/shadow";
import { SCHEMES } from "@kasan/vmalloc";

/** What chooses a processor. */
export type ProcessorChoice =
  | { readonly name: "x86_64"; readonly levels: 4 | 5 }
  | {
      readonly name: "arm64";
      readonly pageSize: 4096 | 16384 | 65536;
      readonly vaBits: number;
      readonly kasan: KasanMode | "none";
    };

/** The processor that is chosen. */
export const processor = (choice: ProcessorChoice): Architecture =>
  choice.name === "arm64" ? arm64(choice) : x86_64(choice);

/** What chooses a machine's plugins, as it can be sent to threads. */
export interface PluginChoice {
  readonly processor: ProcessorChoice;
  readonly vmallocShadow: string;
  /** `per-byte`, or the name of a per-page scheme. */
  readonly shadowScheme: string;
}

/** The parts of a machine that are functions. Threads of a machine load this file to make them again. */
export function plugins({ processor: choice, vmallocShadow, shadowScheme }: PluginChoice): Plugins {
  const pages = PAGE_SCHEMES[shadowScheme];
  return {
    architecture: processor(choice),
    vmallocShadow: SCHEMES[vmallocShadow],
    ...(pages && { shadowScheme: pages }),
  };
}

// The build puts this file beside the bundles; sources run beside a build.
const MODULE = import.meta.url.endsWith(".ts")
  ? new URL("../dist/machine-plugins.js", import.meta.url)
  : new URL("./machine-plugins.js", import.meta.url);

/** How threads get a choice of plugins. */
export const pluginSource = (data: PluginChoice): PluginSource => ({ module: MODULE.href, data });
