import type { LogSource } from "../log-source.ts";

/** What a folder of a known kind has. */
export interface FolderLogs {
  /** Its logs, in their order. */
  readonly sources: readonly LogSource[];
  /** Names in it that have nothing to do with its kind. None by default. */
  readonly others?: readonly string[];
}

/** A kind of folder that a tool makes, of which not every file is a log. */
export interface FolderKind {
  /**
   * What it has; `undefined` for a folder of another kind.
   *
   * @param folder - its path
   * @param names - the names in it, sorted
   */
  find(folder: string, names: readonly string[]): Promise<FolderLogs | undefined>;
}
