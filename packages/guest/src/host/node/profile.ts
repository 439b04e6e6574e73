import { type Profiler, Session } from "node:inspector";
import { runInNewContext } from "node:vm";
import { GuestError } from "../../error.ts";
import type { CpuProfile } from "../../run/profile.ts";

/** Runs something while V8's profiler samples this thread. `done` receives the profile, whatever comes of it. */
export function profile<T>(run: () => T, microseconds: number, done: (profile: CpuProfile) => void): T {
  const session = new Session();
  session.connect();
  try {
    session.post("Profiler.enable");
    session.post("Profiler.setSamplingInterval", { interval: Math.round(microseconds) });
    session.post("Profiler.start");
    try {
      return interruptible(run);
    } finally {
      done(stop(session));
    }
  } finally {
    session.disconnect();
  }
}

/** Stops the profiler, which answers at once: it is that of this thread. */
function stop(session: Session): CpuProfile {
  const stopped: Profiler.Profile[] = [];
  session.post("Profiler.stop", (error, { profile }) => {
    if (error) throw error;
    stopped.push(profile);
  });
  const [{ nodes, samples = [], timeDeltas = [], ...times }] = stopped;
  return { ...times, nodes: nodes.map((node) => ({ ...node, hitCount: node.hitCount ?? 0 })), samples, timeDeltas };
}

/**
 * Runs something that Ctrl-C ends. A guest leaves this thread no time for handlers of signals, but Node.js ends code that `node:vm` runs,
 * by a thread of its own.
 */
function interruptible<T>(run: () => T): T {
  try {
    return runInNewContext("run()", { run }, { breakOnSigint: true, displayErrors: false }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException | undefined)?.code !== "ERR_SCRIPT_EXECUTION_INTERRUPTED") throw error;
    throw new GuestError("INTERRUPTED", "Ctrl-C ended the guest");
  }
}
