import { join } from "node:path";
import { type ImageOptions, type MemoryImage, openImage } from "../src/index.ts";

/** Memory of Linux 6.12 after its KASAN tests, cut to what the tests ask for. */
export type KernelName = "riscv64" | "arm64";

/** Opens a kernel's memory. */
export function openKernel(name: KernelName, options: ImageOptions = {}): Promise<MemoryImage> {
  return openImage(join(import.meta.dirname, `${name}-kernel.elf.zst`), options);
}
