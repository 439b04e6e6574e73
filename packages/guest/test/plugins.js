import { x86_64 } from "@kasan/arch-x86";
import { SCHEMES } from "@kasan/vmalloc";

/** What threads of a machine under test make again. */
export const plugins = ({ levels, vmallocShadow }) => ({
  architecture: x86_64({ levels }),
  vmallocShadow: SCHEMES[vmallocShadow],
});
