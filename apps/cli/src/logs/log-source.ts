import { stat } from "node:fs/promises";
import { inputError } from "./input-error.ts";

/** Where logs are read from. Plain data, so that it can pass between threads. */
export interface LogSource {
  /** Names it: a file, or a folder. */
  readonly path: string;
  /** The files that make up one log together, in their order. Absent if `path` is the log. */
  readonly parts?: readonly string[];
  /** `path` is the git repository of a public inbox, each mail a log. */
  readonly inbox?: InboxState;
}

/** What a public inbox has. */
export interface InboxState {
  /** The repository. */
  readonly gitDir: string;
  /** Its last commit. */
  readonly head: string;
}

/**
 * What changes if a source does.
 *
 * @throws {@link InputError} if a file of it is not there.
 */
export async function versionOf({ path, parts, inbox }: LogSource): Promise<string> {
  if (inbox) return inbox.head;
  const versions = await Promise.all((parts ?? [path]).map(fileVersion));
  return versions.join("; ");
}

async function fileVersion(path: string): Promise<string> {
  try {
    const { size, mtimeNs } = await stat(path, { bigint: true });
    return `${size} ${mtimeNs}`;
  } catch (error) {
    throw inputError(path, error);
  }
}
