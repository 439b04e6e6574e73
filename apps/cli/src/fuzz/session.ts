import type { Target } from "@kasan/fuzz";
import { FuzzSession, GuestError } from "@kasan/guest";
import { bootParameters } from "@kasan/kernel";
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
  if (flags.leaks && flags.mode !== "generic") {
    throw new GuestError("BAD_INPUT", `--leaks needs --mode generic: ${flags.mode} does not keep each object's stack`);
  }
  const { plugins: _, ...options } = await programOptions(flags);
  // What follows a report may go wrong for its sake only, and may take long.
  const boot = flags.mode === "off" ? [] : [["kasan.fault", "panic"] as const];
  return await FuzzSession.open({
    ...options,
    machine: { ...options.machine, boot: bootParameters(boot, flags.mode) },
    files,
    leaks: flags.leaks ?? false,
    inputTimeout: flags.inputTimeout,
    persistent: flags.persistent ?? false,
    ...(flags.target !== undefined && { target: flags.target }),
    progress,
    diagnostics: tell,
    warn: tell,
  });
}

/** What a fuzzer runs: a session's target, with each failure named. `told`: as {@link failureOf} has it. */
export const targetOf =
  (session: FuzzSession, told?: ReadonlySet<string>): Target =>
  (input) => {
    const { counters, comparisons, failure } = session.run(input);
    return { counters, comparisons, ...(failure && { failure: failureOf(failure, told) }) };
  };
