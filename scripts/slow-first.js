import { readFileSync } from "node:fs";
import { BaseSequencer } from "vitest/node";

/** What a test may take that names no limit of its own, in milliseconds. A host that does much else takes ten times as long as an idle one. */
export const USUAL_LIMIT = 240_000;

/** A test's own time limit, in milliseconds: the last argument, or a constant for several. */
const LIMIT = /(?:,|^const LONG =)\s*([\d_]+)(?:,?\s*\))?;$/gm;

/** The longest time that a test of this file asks for; 0: none asks. */
function longestLimit(path) {
  const limits = [...readFileSync(path, "utf8").matchAll(LIMIT)].map(([, limit]) => Number(limit.replaceAll("_", "")));
  return Math.max(0, ...limits.filter((limit) => limit > USUAL_LIMIT));
}

/** Files with tests that ask for more time than others start first, so that no worker is left alone with one at the end. */
export default class SlowFirst extends BaseSequencer {
  async sort(files) {
    const sorted = await super.sort(files);
    const limits = new Map(sorted.map((file) => [file, longestLimit(file.moduleId)]));
    return sorted.sort((a, b) => limits.get(b) - limits.get(a));
  }
}
