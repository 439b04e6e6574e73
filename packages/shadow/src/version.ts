import { ShadowError } from "./error.ts";

/** A kernel version, as far as shadow and reports depend on it. */
export interface KernelVersion {
  /** The 6 of 6.12. */
  readonly major: number;
  /** The 12 of 6.12. */
  readonly minor: number;
}

/** The version that is meant where none is given: 6.12. */
export const DEFAULT_VERSION: KernelVersion = { major: 6, minor: 12 };

/**
 * Reads the version at the start of what `uname -r` prints: `6.12.117`, `v6.1`, `5.10.0-33-amd64`.
 *
 * @throws {@link ShadowError} `VERSION_SYNTAX` if there is none.
 */
export function parseVersion(text: string): KernelVersion {
  const match = /^v?(\d+)\.(\d+)\b/.exec(text.trim());
  if (match === null) {
    throw new ShadowError("VERSION_SYNTAX", `"${text}" is not a kernel version; write one like 6.12 or 6.12.117`);
  }
  return { major: Number(match[1]), minor: Number(match[2]) };
}

/** Whether `version` is `major`.`minor` or later. */
export function atLeast(version: KernelVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}
