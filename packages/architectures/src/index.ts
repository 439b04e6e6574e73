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

/**
 * The architectures that ship; the first is the default.
 *
 * @example
 * ```ts
 * import { architectures } from "@kasan/architectures";
 *
 * console.log(architectures.names.join(", ")); // x86_64, arm64, riscv64
 * console.log(architectures.create("arm64", { "page-size": "64k" }).pageShift); // 16
 * ```
 */
export const architectures = new Platforms([x86_64Plugin, arm64Plugin, riscv64Plugin]);
