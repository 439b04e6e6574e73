/**
 * The architectures that ship, in one registry. A package that needs one by name takes it from here; to add one, add its
 * plugin to {@link architectures}.
 *
 * @packageDocumentation
 */

import { arm64Plugin } from "@kasan/arch-arm64";
import { riscv64Plugin } from "@kasan/arch-riscv64";
import { x86_64Plugin } from "@kasan/arch-x86";
import { Platforms } from "@kasan/platform";

/** The architectures that ship; the first is the default. */
export const architectures = new Platforms([x86_64Plugin, arm64Plugin, riscv64Plugin]);
