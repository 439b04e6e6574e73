/**
 * Random tests run the same cases each time, so that a change fails for what it changed. KASAN_SEED=random takes new ones, which fast-check
 * prints when they fail; KASAN_SEED=1703264344 takes those again.
 */
const { KASAN_SEED = "1" } = process.env;
const SEED = KASAN_SEED === "random" ? undefined : Number(KASAN_SEED);
if (SEED !== undefined && !Number.isInteger(SEED))
  throw new Error(`KASAN_SEED is "random" or an integer, not ${KASAN_SEED}`);

/** A plugin of Vite that gives fast-check its seed in each file that imports it; a setup file would import it for every test. */
export const seed = {
  name: "seed",
  enforce: "pre",
  transform(code) {
    if (SEED === undefined || !code.includes('import fc from "fast-check"')) return undefined;
    return { code: `fc.configureGlobal({ seed: ${SEED} }); ${code}`, map: null };
  },
};
