import { ImageError } from "./error.ts";

/** The options that a kernel was built with (`=y`), without `CONFIG_`. */
export type KernelConfig = ReadonlySet<string>;

/**
 * Reads the text of a kernel's `.config`, as /boot/config-* and /proc/config.gz hold it.
 *
 * @example
 * ```ts
 * import { parseKernelConfig } from "@kasan/image";
 *
 * const config = parseKernelConfig("CONFIG_EFI=y\n# CONFIG_KASAN is not set\nCONFIG_NR_CPUS=64\n");
 * console.log(config.has("EFI"), config.has("KASAN")); // true false
 * ```
 *
 * @throws {@link ImageError} `IMAGE_OPTIONS` if it sets no option.
 */
export function parseKernelConfig(text: string): KernelConfig {
  const lines = text.matchAll(/^CONFIG_(\w+)=y\r?$/gm);
  const config = new Set(Array.from(lines, ([, name]) => name!));
  if (config.size > 0) return config;
  throw new ImageError(
    "IMAGE_OPTIONS",
    "no kernel configuration: no line like CONFIG_EFI=y; give the plain text of its .config",
  );
}
