import { existsSync } from "node:fs";
import { join } from "node:path";

/** The unpacked kernel source (`npm run test:kernel` unpacks it); these tests run only there. */
const source = process.env.KASAN_KERNEL_SOURCE ?? "";
if (!existsSync(join(source, "mm/kasan"))) {
  throw new Error("KASAN_KERNEL_SOURCE must name the unpacked source of Linux 6.12; npm run test:kernel sets it");
}

/** The path of a file in the kernel source. */
export const kernelFile = (path: string): string => join(source, path);

/** The kernel source. */
export const KERNEL_TREE = source;
