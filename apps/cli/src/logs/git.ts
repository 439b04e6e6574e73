import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { InputError } from "./input-error.ts";

/** Asks nobody, and fetches nothing: a repository's own configuration could name a command for that. */
const SAFE = ["-c", "protocol.allow=never"];
const ENVIRONMENT = { GIT_NO_LAZY_FETCH: "1", GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" };
/** Of what git complains about, so much is kept. */
const MAX_COMPLAINT = 4096;

/** A running git. */
export interface GitRun {
  /** What it prints. */
  readonly stdout: Readable;
  /** Settles when it has ended. Rejects with an {@link InputError} if it failed, or is not installed. */
  readonly ended: Promise<void>;
  /** Ends it. */
  stop(): void;
}

/** Starts git on a repository. Only plumbing is to be used: it does nothing that a repository's configuration says. */
export function startGit(gitDir: string, args: readonly string[], stdin?: Readable): GitRun {
  const child = spawn("git", [...SAFE, `--git-dir=${gitDir}`, ...args], {
    stdio: [stdin ? "pipe" : "ignore", "pipe", "pipe"],
    env: { ...process.env, ...ENVIRONMENT },
  });
  if (stdin && child.stdin) {
    // Whoever ends early says so by its exit code.
    child.stdin.on("error", () => {});
    stdin.pipe(child.stdin);
  }
  let complaint = "";
  child.stderr!.on("data", (chunk: Buffer) => {
    if (complaint.length < MAX_COMPLAINT) complaint += chunk.toString("utf8");
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.on("error", ({ message }) =>
      reject(new InputError("INPUT_GIT", `${gitDir}: git cannot be run (${message}); mailing lists are read with it`)),
    );
    child.on("close", (code, signal) => {
      const why = complaint.trim().split("\n")[0] || `it ended with ${signal ?? code}`;
      if (code === 0) resolve();
      else reject(new InputError("INPUT_DAMAGED", `${gitDir}: git cannot read it: ${why}`));
    });
  });
  ended.catch(() => {});
  return { stdout: child.stdout!, ended, stop: () => void child.kill() };
}

/** The lines that git prints. */
export async function* gitLines(gitDir: string, args: readonly string[], stdin?: Readable): AsyncGenerator<string> {
  const { stdout, ended, stop } = startGit(gitDir, args, stdin);
  try {
    yield* createInterface({ input: stdout, crlfDelay: Number.POSITIVE_INFINITY });
    await ended;
  } finally {
    stop();
  }
}
