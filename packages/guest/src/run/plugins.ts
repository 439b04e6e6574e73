import type { MachineOptions } from "@kasan/kernel";

/** How threads other than the first recreate plugins, which are functions and cannot be sent to them. */
export interface PluginSource {
  /** Absolute URL of an ES module, in a browser with all that it imports, that exports `plugins(data)`, which returns (or promises) {@link Plugins}. */
  readonly module: string;
  /** Its argument; must survive a structured clone. */
  readonly data: unknown;
}

/** The machine options that are functions. */
export type Plugins = Pick<MachineOptions, "architecture" | "vmallocShadow" | "shadowScheme">;
