import { kernelVersionOf as versionOfRelease } from "@kasan/report";
import { DEFAULT_VERSION, type KernelVersion } from "@kasan/shadow";
import type { Kernel } from "./kernel.ts";

/** The kernel's version, by its release; that of `DEFAULT_VERSION` if it does not say. */
export function kernelVersionOf({ facts }: Kernel): KernelVersion {
  return versionOfRelease(facts?.text("OSRELEASE")) ?? DEFAULT_VERSION;
}
