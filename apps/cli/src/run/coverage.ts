import { readFileSync } from "node:fs";
import type { Coverage } from "@kasan/guest";
import type { CoverageFlags } from "../commands/coverage-options.ts";
import { lcov } from "../lines-run/lcov.ts";
import { coveragePage } from "../lines-run/page.ts";
import { note, type Streams, writeWhole } from "../output.ts";
import { plural } from "../plural.ts";

/** Writes what ran, where and as the flags say. */
export async function writeCoverage(
  coverage: Coverage,
  module: string,
  { coverage: file, coverageFormat: format }: CoverageFlags,
  streams: Streams,
): Promise<void> {
  if (file === undefined) return;
  const page = () => coveragePage(coverage, `What ran of ${module}`, readSource);
  await writeWhole(file, format === "html" ? page() : lcov(coverage, module));
  note(streams, `kasan: ${coverage.passed} of ${plural(coverage.edges, "edge")} passed\n`);
}

function readSource(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
