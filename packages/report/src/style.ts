import { DEFAULT_VERSION, type KernelVersion } from "@kasan/shadow";
import { type PageFlagField, ZONE_FIELD } from "./page-flags.ts";

/** Everything in which the logs of kernels differ: by version, by architecture, and by configuration. */
export interface ReportStyle {
  /** The version whose wording this is. */
  readonly version: KernelVersion;
  /** The line above a call trace. */
  readonly callTrace: string;
  /** Whether a call trace names the stacks that it passes: ` <TASK>` … ` </TASK>`. */
  readonly stackNames: boolean;
  /** How a crash shows registers, and what it says first. */
  readonly registers: "x86_64" | "arm64";
  /** The fields above the flags in a page's `flags` word, in the order in which they are printed. */
  readonly pageFields: readonly PageFlagField[];
}

/** Linux 6.12 on x86-64, without NUMA. */
export const X86_64_STYLE: ReportStyle = {
  version: DEFAULT_VERSION,
  callTrace: "Call Trace:",
  stackNames: true,
  registers: "x86_64",
  pageFields: [ZONE_FIELD],
};

/** Linux 6.12 on arm64, without NUMA and without tags. */
export const ARM64_STYLE: ReportStyle = {
  version: DEFAULT_VERSION,
  callTrace: "Call trace:",
  stackNames: false,
  registers: "arm64",
  pageFields: [ZONE_FIELD],
};

/** Linux 6.12 on arm64 with tag-based KASAN, without NUMA. */
export const ARM64_TAGS_STYLE: ReportStyle = {
  ...ARM64_STYLE,
  pageFields: [ZONE_FIELD, { name: "kasantag", shift: 54n, width: 8n, hex: true }],
};
