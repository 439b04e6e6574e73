import { fileReason, KasanError } from "@kasan/shadow";
import { errorPrefix } from "./colours.ts";
import { ExitCode } from "./exit-codes.ts";
import type { Streams } from "./output.ts";

/** Prints why a command ended. @returns its exit code */
export function printError(error: unknown, streams: Streams): number {
  const prefix = errorPrefix(streams);
  if (error instanceof KasanError) {
    streams.err(`${prefix} ${error.message}\n`);
    // A compiler's diagnostics, the list of what is missing.
    if ("details" in error && typeof error.details === "string") streams.err(error.details);
    return ExitCode.usage;
  }
  if (isOfSystem(error)) {
    streams.err(`${prefix} ${error.path ?? SYSTEM_CALLS[error.syscall] ?? error.syscall}: ${fileReason(error)}\n`);
    return ExitCode.usage;
  }
  streams.err(
    `${prefix} this is a bug in kasan; please report it with the input that shows it:\n${(error as Error).stack}\n`,
  );
  return ExitCode.internal;
}

/** What a system answers that does not have what it should. */
interface SystemError {
  readonly code: string;
  readonly syscall: string;
  readonly path?: string;
}

/** Calls without a path, in words. */
const SYSTEM_CALLS: Readonly<Record<string, string>> = {
  uv_cwd: "the folder that kasan was started in",
  spawn: "another program",
};

function isOfSystem(error: unknown): error is SystemError {
  const { code, syscall } = Object(error) as Partial<SystemError>;
  return typeof code === "string" && typeof syscall === "string";
}
