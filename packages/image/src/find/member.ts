import type { Kernel } from "../kernel/kernel.ts";
import { memberPath } from "../types/member-path.ts";

/** The member that a byte of a cache's object lies in: `task_struct.real_parent`. A cache has the name of its objects' structure, by habit. */
export function memberIn({ types }: Kernel, cache: string, offset: number): string | undefined {
  for (const name of [cache, cache.replace(/_cache(p)?$/, "")]) {
    const id = types?.find(`struct ${name}`);
    const path = id === undefined ? undefined : memberPath(types!, id, offset);
    if (path !== undefined) return `${name}.${path}`;
  }
  return undefined;
}
