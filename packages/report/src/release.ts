import { type KernelVersion, parseVersion } from "@kasan/shadow";

/** The version in what `uname -r` prints; `undefined` if there is none, as in a damaged log. */
export function kernelVersionOf(release: string | undefined): KernelVersion | undefined {
  return release !== undefined && /^\d{1,4}\.\d{1,4}\b/.test(release) ? parseVersion(release) : undefined;
}
