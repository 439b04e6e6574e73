import type { LogSource } from "../log-source.ts";

/** A kind of folder that a tool makes, of which not every file is a log. */
export interface FolderKind {
  /**
   * Its logs, in their order; `undefined` for a folder of another kind.
   *
   * @param folder - its path
   * @param names - the names in it, sorted
   */
  find(folder: string, names: readonly string[]): Promise<readonly LogSource[] | undefined>;
}
