/** The names of a mail and of its thread, without the angle brackets, and when it was sent. */
export interface MailIds {
  /** The mail's own. Some mails have none. */
  readonly message?: string;
  /** That of the thread's first mail. */
  readonly thread?: string;
  /** A hash of its text, for a mail that has neither. */
  readonly content?: string;
  /** When it was sent, as it says itself. */
  readonly sent?: string;
}

/** Takes a log, piece by piece. */
export interface LogReader {
  /** Takes the next piece. If it answers with a promise, it can take more when that is resolved. */
  push(chunk: Uint8Array | string): void | Promise<void>;
  /** The log has ended. */
  end(): void | Promise<void>;
}

/** Begins a log. `mail` says which mail it is, if it is one. */
export type OpenLog = (mail?: MailIds) => LogReader;
