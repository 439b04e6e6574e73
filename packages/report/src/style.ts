import { DEFAULT_VERSION, type KernelVersion } from "@kasan/shadow";
import { ReportError } from "./error.ts";
import type { ReportLine } from "./line.ts";
import type { Oops, Registers } from "./oops.ts";
import { type PageFlagField, ZONE_FIELD } from "./page-flags.ts";

/** How an architecture's kernel logs a crash. */
export interface CrashWords {
  /** An oops, from its cause to its end. */
  oops(oops: Oops, style: ReportStyle): ReportLine[];
  /** The registers that are known. */
  registers(registers: Registers): ReportLine[];
  /** Whether a crash's call trace has the line above it, as `dump_stack()`'s has. True by default; not on RISC-V. */
  readonly traceTitle?: boolean;
}

/**
 * Everything in which the logs of kernels differ: by version, by architecture, and by configuration. The architecture
 * packages export theirs: `X86_64_STYLE` of `@kasan/arch-x86`.
 */
export interface ReportStyle {
  /** The version whose wording this is. */
  readonly version: KernelVersion;
  /** The line above a call trace. */
  readonly callTrace: string;
  /** Whether a call trace shows each address before its function, as RISC-V's does: `[<ffffffff8000a6ee>] f+0x1/0x2`. */
  readonly traceAddresses?: boolean;
  /** Whether a call trace names the stacks that it passes: ` <TASK>` … ` </TASK>`. */
  readonly stackNames: boolean;
  /** How crashes are logged. Reports do not need it. */
  readonly crash?: CrashWords;
  /** The fields above the flags in a page's `flags` word, in the order in which they are printed. */
  readonly pageFields: readonly PageFlagField[];
}

/** Linux 6.12 without NUMA, with the call traces of x86-64. It words reports, but no crashes. */
export const DEFAULT_STYLE: ReportStyle = {
  version: DEFAULT_VERSION,
  callTrace: "Call Trace:",
  stackNames: true,
  pageFields: [ZONE_FIELD],
};

/**
 * How a style words crashes.
 *
 * @throws {@link ReportError} `STYLE` if it does not.
 */
export function crashWords({ crash }: ReportStyle): CrashWords {
  if (crash) return crash;
  throw new ReportError(
    "STYLE",
    "this style words no crashes; take that of an architecture: X86_64_STYLE of @kasan/arch-x86",
  );
}
