import { KernelError } from "../../error.ts";
import { GENERIC } from "./generic.ts";
import { HW_TAGS } from "./hw-tags.ts";
import type { Mode, ModeName } from "./mode.ts";
import { OFF } from "./off.ts";
import { SW_TAGS } from "./sw-tags.ts";

/** The modes of KASAN (Documentation/dev-tools/kasan.rst) and `off`, by name. */
export const MODES: Readonly<Record<ModeName, Mode>> = {
  generic: GENERIC,
  sw_tags: SW_TAGS,
  hw_tags: HW_TAGS,
  off: OFF,
};

/** Names of the modes. */
export const MODE_NAMES = Object.keys(MODES) as readonly ModeName[];

/**
 * Looks up a mode by name.
 *
 * @throws {@link KernelError} `CONFIG` for an unknown name
 */
export function modeNamed(name: string): Mode {
  if (Object.hasOwn(MODES, name)) return MODES[name as ModeName];
  throw new KernelError("CONFIG", `no mode of KASAN ${name}; there are: ${MODE_NAMES.join(", ")}`);
}

/** Rejects a per-page scheme in a mode that does not support one. @throws {@link KernelError} `CONFIG` */
export function checkPerPage({ hasShadowSchemes }: Mode): void {
  if (hasShadowSchemes) return;
  throw new KernelError(
    "CONFIG",
    "per-page shadow is of generic mode; give --mode generic, or --shadow-scheme per-byte",
  );
}
