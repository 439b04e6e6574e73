import type { Plugins } from "@kasan/guest";
import type { Settings } from "../settings.ts";
import { programOptions } from "./program-options.ts";

/** In a thread of a guest: the parts of the machine that are functions, made again. */
export function plugins(settings: Settings): Plugins {
  const { architecture, vmallocShadow, shadowScheme } = programOptions(settings).machine;
  return { architecture, ...(vmallocShadow && { vmallocShadow }), ...(shadowScheme && { shadowScheme }) };
}
