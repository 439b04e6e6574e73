import { DEFAULT_BOUNDS, type SuiteBounds } from "../src/index.ts";

/** Whether all suites have all bounds of `kasan check`: scripts/stress.sh asks for it. The wider ones take six times as long. */
export const WIDE = process.env["KASAN_EXPLORE_WIDE"] !== undefined;

/** The bounds of a scheme's suite: all of them for the machine's default, the first for others. */
export const boundsFor = (scheme: string, architecture: string): readonly SuiteBounds[] =>
  WIDE || (scheme === "lazy" && architecture === "x86_64") ? DEFAULT_BOUNDS : DEFAULT_BOUNDS.slice(0, 1);
