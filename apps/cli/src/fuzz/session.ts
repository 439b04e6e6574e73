import type { Target } from "@kasan/fuzz";
import { FuzzSession } from "@kasan/guest";
import type { FuzzFlags } from "../commands/fuzz.ts";
import { programOptions } from "../commands/machine-options.ts";
import { failureOf } from "./failure.ts";

/** What is told while a session is opened. */
export interface OpeningOutput {
  /** What goes on. */
  readonly progress: (what: string) => void;
  /** Compilers' warnings, and what is odd about a kernel's source. */
  readonly tell: (text: string) => void;
}

/** Compiles files, or takes them from the cache, and brings a machine to the state from which inputs run. */
export async function openSession(
  files: readonly string[],
  flags: FuzzFlags,
  { progress, tell }: OpeningOutput,
): Promise<FuzzSession> {
  const { plugins: _, ...options } = await programOptions(flags);
  return await FuzzSession.open({
    ...options,
    files,
    inputTimeout: flags.inputTimeout,
    persistent: flags.persistent ?? false,
    ...(flags.target !== undefined && { target: flags.target }),
    progress,
    diagnostics: tell,
    warn: tell,
  });
}

/** What a fuzzer runs: a session's target, with each failure named. */
export const targetOf =
  (session: FuzzSession): Target =>
  (input) => {
    const { counters, comparisons, failure } = session.run(input);
    return { counters, comparisons, ...(failure && { failure: failureOf(failure) }) };
  };
