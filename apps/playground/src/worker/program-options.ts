import { architectures } from "@kasan/architectures";
import type { GivenOptions } from "@kasan/guest";
import { PAGE_SCHEMES } from "@kasan/shadow";
import { SCHEMES } from "@kasan/vmalloc";
import type { Settings } from "../settings.ts";

/** What settings mean for a machine and its compiler. */
export function programOptions(settings: Settings): Pick<GivenOptions, "machine" | "compile"> {
  const { arch, mode, instrument, vmallocShadow, shadowScheme, optimize, useAfterScope, cpus } = settings;
  const pages = PAGE_SCHEMES[shadowScheme];
  return {
    machine: {
      architecture: architectures.create(arch, {}, mode),
      mode,
      vmallocShadow: SCHEMES[vmallocShadow]!,
      cpus: Number(cpus),
      ...(pages && { shadowScheme: pages }),
    },
    compile: { instrument: mode === "off" ? "off" : instrument, optimize, useAfterScope },
  };
}
