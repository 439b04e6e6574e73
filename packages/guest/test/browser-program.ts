import { x86_64 } from "@kasan/arch-x86";
import { type GuestErrorCode, runProgram } from "@kasan/guest";
import type { LogLine } from "@kasan/kernel";

/** A program, and how to run it. It can be sent to a worker. */
export interface Job {
  readonly source: string;
  readonly cpus?: number;
  /** In seconds. */
  readonly timeout?: number;
  /** The URL of `plugins.js`. */
  readonly plugins?: string;
}

/** What it did. */
export interface Outcome {
  readonly log: readonly LogLine[];
  readonly bugs?: readonly string[];
  readonly tests?: readonly string[];
  readonly stopped?: string;
  readonly error?: { readonly code?: GuestErrorCode; readonly message: string };
}

/** Runs a program, in Node.js as in a browser. */
export async function run({ source, cpus = 1, timeout = 60, plugins }: Job): Promise<Outcome> {
  const log: LogLine[] = [];
  try {
    const { reports, tests, stopped } = await runProgram({
      files: ["test.c"],
      sources: { "test.c": source },
      machine: { architecture: x86_64({ levels: 4 }), cpus },
      run: { timeout },
      log: (line) => log.push(line),
      locateLog: true,
      ...(plugins !== undefined && { plugins: { module: plugins, data: { levels: 4, vmallocShadow: "lazy" } } }),
    });
    return {
      log,
      bugs: reports.map(({ bugType, task }) => `${bugType} by ${task.comm}`),
      tests: tests.flatMap(({ cases }) => cases.map(({ name, status }) => `${status} ${name}`)),
      ...(stopped && { stopped }),
    };
  } catch (error) {
    const { code, message, stack } = error as Error & { readonly code?: GuestErrorCode };
    return { log, error: { ...(code && { code }), message: code ? message : `${stack}` } };
  }
}
