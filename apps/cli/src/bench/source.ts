import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { KasanError } from "@kasan/shadow";

/** The kernel's source, or the file of it that is to be run, is not there. */
class SourceError extends KasanError {
  constructor(what: string) {
    super(
      "KERNEL_SOURCE",
      `${what}; unpack the source of Linux 6.12 (Debian's package linux-source-6.12: ` +
        "tar xf /usr/src/linux-source-6.12.tar.xz), and give the folder with --kernel-source or in KASAN_KERNEL_SOURCE",
    );
    this.name = "SourceError";
  }
}

/** The benchmark's path in the kernel's source. */
const BENCHMARK = "lib/test_vmalloc.c";
/** The folder into which Debian's package is usually unpacked. */
const USUAL = "/usr/src/linux-source-6.12";

/**
 * Finds the kernel's vmalloc benchmark: `given` (the file, or the source's folder), or what KASAN_KERNEL_SOURCE names,
 * or the usual folder.
 */
export function findBenchmark(given: string | undefined, environment = process.env.KASAN_KERNEL_SOURCE): string {
  const place = given ?? (environment || undefined);
  if (place !== undefined) return within(place);
  const usual = join(USUAL, BENCHMARK);
  if (!existsSync(usual)) throw new SourceError(`the kernel's ${BENCHMARK} is needed, and there is no ${USUAL}`);
  return usual;
}

function within(place: string): string {
  if (!existsSync(place)) throw new SourceError(`${place}: there is no such file or folder`);
  if (!statSync(place).isDirectory()) return place;
  const file = join(place, BENCHMARK);
  if (!existsSync(file)) throw new SourceError(`${place}: it has no ${BENCHMARK}`);
  return file;
}
