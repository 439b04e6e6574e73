import { arm64 } from "@kasan/arch-arm64";
import { x86_64 } from "@kasan/arch-x86";
import { architectures } from "@kasan/architectures";
import { SCHEMES } from "@kasan/vmalloc";

/** Recreates the plugins of a machine under test in other threads. */
export const plugins = ({ levels, arm64: options, arch, vmallocShadow }) => ({
  architecture: arch ? architectures.create(arch.name, arch.options) : options ? arm64(options) : x86_64({ levels }),
  vmallocShadow: SCHEMES[vmallocShadow],
});
