import { existsSync } from "node:fs";
import { join } from "node:path";

/** The kernel's own source, unpacked (`npm run test:kernel` does that); these tests run nowhere else. */
const source = process.env.KASAN_KERNEL_SOURCE ?? "";
if (!existsSync(join(source, "mm/kasan"))) {
  throw new Error("KASAN_KERNEL_SOURCE must name the unpacked source of Linux 6.12; npm run test:kernel sets it");
}

/** A file of the kernel's source. */
export const kernelFile = (path: string): string => join(source, path);

/** The kernel's source. */
export const KERNEL_TREE = source;
