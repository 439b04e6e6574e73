import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Coverage } from "@kasan/guest";
import type { RunFlags } from "../commands/run.ts";
import { lcov } from "../lines-run/lcov.ts";
import { coveragePage } from "../lines-run/page.ts";
import { note, type Streams, writeWhole } from "../output.ts";
import { plural } from "../plural.ts";

/** Writes what ran, as the flags ask for it. */
export async function writeCoverage(
  coverage: Coverage,
  module: string,
  flags: Pick<RunFlags, "coverage" | "coverageHtml" | "kernelTree">,
  streams: Streams,
): Promise<void> {
  const files = coverage.files.map((one) => ({ ...one, file: pathOf(one.file, flags.kernelTree) }));
  const found = { ...coverage, files };
  if (flags.coverage !== undefined) await writeWhole(flags.coverage, lcov(found, module));
  if (flags.coverageHtml !== undefined) {
    await writeWhole(flags.coverageHtml, coveragePage(found, `What ran of ${module}`, readSource));
  }
  note(streams, `kasan: ${coverage.passed} of ${plural(coverage.edges, "edge")} passed\n`);
}

/** A source file's path: the compiler knows one of the kernel's, or one by a relative path, as if that began at the root. */
function pathOf(file: string, tree: string | undefined): string {
  const places = [...(tree === undefined ? [] : [join(tree, file)]), file, file.replace(/^\/+/, "")];
  return places.find((path) => existsSync(path)) ?? file;
}

function readSource(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
