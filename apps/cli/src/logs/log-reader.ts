import type { ReportMail } from "@kasan/report";

/** Takes a log, piece by piece. */
export interface LogReader {
  /** Takes the next piece. If it answers with a promise, it can take more when that is resolved. */
  push(chunk: Uint8Array | string): void | Promise<void>;
  /** The log has ended. */
  end(): void | Promise<void>;
}

/** Begins a log. `mail` says which mail it is, if it is one. */
export type OpenLog = (mail?: ReportMail) => LogReader;
