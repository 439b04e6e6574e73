import { readFileSync } from "node:fs";
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
  flags: Pick<RunFlags, "coverage" | "coverageHtml">,
  streams: Streams,
): Promise<void> {
  if (flags.coverage !== undefined) await writeWhole(flags.coverage, lcov(coverage, module));
  if (flags.coverageHtml !== undefined) {
    await writeWhole(flags.coverageHtml, coveragePage(coverage, `What ran of ${module}`, readSource));
  }
  note(streams, `kasan: ${coverage.passed} of ${plural(coverage.edges, "edge")} passed\n`);
}

function readSource(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
