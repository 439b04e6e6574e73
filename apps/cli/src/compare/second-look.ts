import { GuestError, runProgram } from "@kasan/guest";
import type { KasanReport } from "@kasan/report";
import { programOptions } from "../commands/machine-options.ts";
import type { RunFlags } from "./judged-run.ts";

/** Seconds that a second look takes at most, so that it costs little beside a long run. */
const LONGEST = 2;

/** What of a program is run. */
export interface LookedAt {
  /** Its files. */
  readonly files: readonly string[];
  /** The function to call instead of module_init. */
  readonly call?: string;
  /** Which KUnit tests. */
  readonly filter?: string;
  /** Parameters of the module. */
  readonly parameters: readonly (readonly [string, string])[];
}

/**
 * What generic mode reports of a program in which a mode with tags found nothing: its shadow tells bytes apart and needs no luck. A long
 * run is broken off. Nothing, if the program cannot be run in generic mode.
 */
export async function secondLook({ files, ...plan }: LookedAt, flags: RunFlags): Promise<readonly KasanReport[]> {
  const options = programOptions({ ...flags, mode: "generic", bootParam: [], panicOnWarn: false, singleShot: false });
  const run = { ...plan, timeout: Math.min(flags.timeout, LONGEST) };
  try {
    return (await runProgram({ ...options, files, run, log: () => {} })).reports;
  } catch (error) {
    if (error instanceof GuestError) return [];
    throw error;
  }
}
